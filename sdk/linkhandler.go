package provider

import "context"

// LinkHandler is told about the links of this provider, by the option [Links]. Its callbacks run in order for each link,
// and side by side for different links, so they must be safe for concurrent use. Nil fields are skipped.
//
// An error, or a panic, marks the link as failed: the reason is logged and shown in the answer to the host's health
// checks, and the next put of the link tries again, also when nothing in it has changed. The context ends when the
// provider has waited long enough for running callbacks while it stops. The maps of a Link are the callback's own.
type LinkHandler struct {
	// Put is told of a link that is new, at the start or later. Calls that come in on it wait until Put has returned.
	Put func(ctx context.Context, link Link) error
	// Update is told of a link in which anything has changed. Calls go on meanwhile. Without Update, a change is
	// Delete of the old and Put of the new, and calls that come in on the link wait.
	Update func(ctx context.Context, old, new Link) error
	// Delete is told of a link that is gone, with all that was known of it.
	Delete func(ctx context.Context, link Link) error
}

// linkCallbacks are the author's: either a handler or those of the old options, by side.
type linkCallbacks struct {
	old     bool // one of the old options was given
	handler *LinkHandler
	puts    [2]func(InterfaceLinkDefinition) error
	deletes [2]func(InterfaceLinkDefinition) error
}

// updates reports whether a change is told in one piece.
func (c *linkCallbacks) updates() bool { return c.handler != nil && c.handler.Update != nil }

// sides are the ends of the link that are the provider id: one, or both of a link to itself.
func sides(id string, definition InterfaceLinkDefinition) []Side {
	var ends []Side
	if definition.SourceID == id {
		ends = append(ends, SideSource)
	}
	if definition.Target == id {
		ends = append(ends, SideTarget)
	}
	return ends
}

func (c *linkCallbacks) put(ctx context.Context, id string, definition InterfaceLinkDefinition) error {
	if c.handler != nil {
		return tell(ctx, c.handler.Put, id, definition)
	}
	return tellOld(c.puts, id, definition)
}

func (c *linkCallbacks) delete(ctx context.Context, id string, definition InterfaceLinkDefinition) error {
	if c.handler != nil {
		return tell(ctx, c.handler.Delete, id, definition)
	}
	return tellOld(c.deletes, id, definition)
}

func (c *linkCallbacks) update(ctx context.Context, id string, old, next InterfaceLinkDefinition) error {
	for _, side := range sides(id, next) {
		err := guard(func() error {
			return c.handler.Update(ctx, Link{old.clone(), side}, Link{next.clone(), side})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// tell calls one callback of a handler.
func tell(ctx context.Context, callback func(context.Context, Link) error, id string, definition InterfaceLinkDefinition) error {
	if callback == nil {
		return nil
	}
	for _, side := range sides(id, definition) {
		if err := guard(func() error { return callback(ctx, Link{definition.clone(), side}) }); err != nil {
			return err
		}
	}
	return nil
}

// tellOld calls the callbacks of the old options.
func tellOld(callbacks [2]func(InterfaceLinkDefinition) error, id string, definition InterfaceLinkDefinition) error {
	for _, side := range sides(id, definition) {
		callback := callbacks[side]
		if callback == nil {
			continue
		}
		if err := guard(func() error { return callback(definition.clone()) }); err != nil {
			return err
		}
	}
	return nil
}

package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
)

// maxLinkBytes bounds the memory of all links together, counted by the bytes of their messages and linkOverhead for each.
const (
	maxLinkBytes = 256 << 20 // room for 100,000 links and more
	linkOverhead = 1 << 10
)

var (
	errStopping  = errors.New("the provider is stopping")
	errLinksFull = fmt.Errorf("refused: the provider has links of %d MiB already", maxLinkBytes>>20)
	errNotLinked = errors.New("no such link")
	errNeither   = errors.New("the link names this provider neither as its source nor as its target")
)

// links keeps the links of this provider and tells the author's callbacks what happens to them.
type links struct {
	id        string
	log       *slog.Logger
	callbacks linkCallbacks
	lanes     lanes
	shared    lane // of all links, when the callbacks are those of the old options

	mu      sync.RWMutex
	records map[linkKey]*linkRecord
	bytes   int
}

// linkRecord is one link. The lane's tasks alone touch held; the lock guards the rest.
type linkRecord struct {
	lane *lane
	size int // bytes of the largest message about it; counts against maxLinkBytes
	// held is what the author was told last; nil when the author knows nothing of the link. It is nil or complete.
	held *InterfaceLinkDefinition
	// inForce is what calls see.
	inForce *InterfaceLinkDefinition
	// failed is why the last change did not come about; nil when it did. dropped is why a later one was not even begun.
	failed, dropped error
	// changing is closed when the change that calls must wait for is over; nil when there is none.
	changing chan struct{}
	// pending counts the tasks of this link that have not ended.
	pending int
}

func newLinks(id string, log *slog.Logger, callbacks linkCallbacks) *links {
	return &links{id: id, log: log, callbacks: callbacks, records: map[linkKey]*linkRecord{}}
}

// put takes over a link. done runs once, when the change is over.
func (l *links) put(ctx context.Context, link parsedLink, done func(error)) {
	definition := link.definition
	if definition.SourceID != l.id && definition.Target != l.id {
		done(errNeither)
		return
	}
	record, err := l.record(definition.key(), link.size)
	if err != nil {
		done(err)
		return
	}
	l.submit(definition.key(), record, link.size, done, func() error {
		if link.refused != nil {
			return link.refused
		}
		return l.apply(ctx, record, &definition)
	})
}

// delete forgets the link with this identity. done runs once, when that is over.
func (l *links) delete(ctx context.Context, key linkKey, done func(error)) {
	l.mu.Lock()
	record := l.records[key]
	if record != nil {
		record.pending++
	}
	l.mu.Unlock()
	if record == nil {
		done(errNotLinked)
		return
	}
	l.submit(key, record, linkOverhead, done, func() error { return l.forget(ctx, record) })
}

// record returns the record of a link, a new one if need be, with one more task pending.
func (l *links) record(key linkKey, size int) (*linkRecord, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	record := l.records[key]
	grown := size
	if record != nil {
		grown = max(0, size-record.size)
	}
	if l.bytes+grown > maxLinkBytes {
		return nil, errLinksFull
	}
	if record == nil {
		record = &linkRecord{lane: &l.shared}
		if l.callbacks.handler != nil {
			record.lane = &lane{}
		}
		l.records[key] = record
	}
	l.bytes += grown
	record.size += grown
	record.pending++
	return record, nil
}

// submit runs a change in the link's lane and keeps its outcome.
func (l *links) submit(key linkKey, record *linkRecord, size int, done func(error), change func() error) {
	err := l.lanes.submit(record.lane, task{size: size, run: func() {
		err := change()
		l.finish(key, record, err)
		done(err)
	}})
	l.mu.Lock()
	record.dropped = err
	if err != nil {
		record.pending--
	}
	l.mu.Unlock()
	if err != nil {
		done(err)
	}
}

// finish ends a change. A link that nobody holds any more, and that did not fail, is forgotten.
func (l *links) finish(key linkKey, record *linkRecord, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	record.failed = err
	record.pending--
	if record.changing != nil {
		close(record.changing)
		record.changing = nil
	}
	if record.pending == 0 && record.held == nil && err == nil && record.dropped == nil {
		delete(l.records, key)
		l.bytes -= record.size
	}
}

// apply makes next the link's definition, by the callbacks that this takes.
func (l *links) apply(ctx context.Context, record *linkRecord, next *InterfaceLinkDefinition) error {
	l.mu.Lock()
	held, failed := record.held, record.failed != nil
	unchanged := held != nil && !failed && held.same(*next)
	if !unchanged && (held == nil || !l.callbacks.updates()) {
		record.changing = make(chan struct{})
	}
	l.mu.Unlock()
	switch {
	case unchanged:
		return nil
	case held == nil:
		return l.tellPut(ctx, record, next)
	case l.callbacks.updates():
		if err := l.callbacks.update(ctx, l.id, *held, *next); err != nil {
			return err
		}
		l.hold(record, next)
		return nil
	default:
		errDelete := l.callbacks.delete(ctx, l.id, *held)
		l.hold(record, nil)
		if err := l.tellPut(ctx, record, next); err != nil || errDelete == nil {
			return err
		}
		return errDelete
	}
}

func (l *links) tellPut(ctx context.Context, record *linkRecord, next *InterfaceLinkDefinition) error {
	if err := l.callbacks.put(ctx, l.id, *next); err != nil {
		return err
	}
	l.hold(record, next)
	return nil
}

// forget deletes a link. While its callback fails, the author holds it still, but calls see it no more.
func (l *links) forget(ctx context.Context, record *linkRecord) error {
	l.mu.Lock()
	held := record.held
	record.inForce = nil
	l.mu.Unlock()
	if held == nil {
		return nil
	}
	if err := l.callbacks.delete(ctx, l.id, *held); err != nil {
		return err
	}
	l.hold(record, nil)
	return nil
}

// hold keeps what the author knows of a link from now on.
func (l *links) hold(record *linkRecord, definition *InterfaceLinkDefinition) {
	l.mu.Lock()
	defer l.mu.Unlock()
	record.held, record.inForce = definition, definition
}

// lookup returns the link in force that a call came in on, nil when there is none, and a channel to wait for first when
// the link is being changed.
func (l *links) lookup(key linkKey) (*InterfaceLinkDefinition, <-chan struct{}) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	record := l.records[key]
	if record == nil {
		return nil, nil
	}
	return record.inForce, record.changing
}

// await is lookup after the changes that are under way, or when ctx ends.
func (l *links) await(ctx context.Context, key linkKey) *InterfaceLinkDefinition {
	for {
		definition, changing := l.lookup(key)
		if changing == nil {
			return definition
		}
		select {
		case <-changing:
		case <-ctx.Done():
			return definition
		}
	}
}

// maxFailuresShown bounds a health message.
const maxFailuresShown = 5

// failures describes the links that failed, empty when there are none. It formats the first few alone, however many
// there are: health is asked for while a stranger may send failing links by the thousands.
func (l *links) failures() string {
	l.mu.RLock()
	defer l.mu.RUnlock()
	var first []linkKey
	count := 0
	for key, record := range l.records {
		if cmp.Or(record.dropped, record.failed) == nil {
			continue
		}
		count++
		at, _ := slices.BinarySearchFunc(first, key, linkKey.compare)
		if at < maxFailuresShown {
			first = slices.Insert(first, at, key)
			first = first[:min(len(first), maxFailuresShown)]
		}
	}
	if count == 0 {
		return ""
	}
	texts := make([]string, len(first))
	for i, key := range first {
		record := l.records[key]
		texts[i] = fmt.Sprintf("%s: %.200s", key, cmp.Or(record.dropped, record.failed).Error())
	}
	text := fmt.Sprintf("failed links: %d: ", count) + strings.Join(texts, "; ")
	if count > len(first) {
		text += fmt.Sprintf("; and %d more", count-len(first))
	}
	return text
}

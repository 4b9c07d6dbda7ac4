package wrpcnats

// Held is how many calls and bytes that wait a client and its Views hold.
func (c *Client) Held() (calls int, bytes int64) {
	return len(c.calls.all()), c.buffered.Load()
}

// InboxPrefix is the subject below which the client receives, with its final dot.
func (c *Client) InboxPrefix() string { return c.inbox.prefix }

package wrpcnats

// Held is how many calls and bytes that wait a client and its Views hold.
func (c *Client) Held() (calls int, bytes int64) {
	return len(c.calls.all()), c.buffered.Load()
}

// InboxPrefix is the subject below which the client receives, with its final dot.
func (c *Client) InboxPrefix() string { return c.inbox.prefix }

// IdleWorkers is how many goroutines wait for calls to serve.
func (c *Client) IdleWorkers() int {
	ws := &c.serving.workers
	ws.mu.Lock()
	defer ws.mu.Unlock()
	return len(ws.idle)
}

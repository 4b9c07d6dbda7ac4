package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// natsServer is a nats-server process of our own, on free ports of the loopback interface.
type natsServer struct {
	cmd     *exec.Cmd
	url     string
	monitor string
	version string
}

// natsConfig lets the server choose its ports and write them to a file.
const natsConfig = `host: 127.0.0.1
port: -1
http: "127.0.0.1:-1"
ports_file_dir: %q
`

// startNATS starts the program in a folder where it may write.
func startNATS(ctx context.Context, program, folder string) (*natsServer, error) {
	config := filepath.Join(folder, "nats.conf")
	if err := os.WriteFile(config, fmt.Appendf(nil, natsConfig, folder), 0o600); err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, program, "-c", config, "-l", filepath.Join(folder, "nats.log"))
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 2 * time.Second
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &natsServer{cmd: cmd}
	err := s.readPorts(ctx, folder)
	if err == nil {
		var v varz
		v, err = s.varz(ctx)
		s.version = v.Version
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start nats-server: %w", err), s.stop())
	}
	return s, nil
}

// readPorts waits for the file that tells the ports.
func (s *natsServer) readPorts(ctx context.Context, folder string) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for ; ctx.Err() == nil; time.Sleep(10 * time.Millisecond) {
		files, err := filepath.Glob(filepath.Join(folder, "*.ports"))
		if err != nil {
			return err
		}
		var ports struct{ NATS, Monitoring []string }
		if len(files) == 0 || !readJSONFile(files[0], &ports) || len(ports.NATS) == 0 || len(ports.Monitoring) == 0 {
			continue
		}
		s.url, s.monitor = ports.NATS[0], ports.Monitoring[0]
		return nil
	}
	return fmt.Errorf("it did not tell its ports: %w", ctx.Err())
}

// readJSONFile tells whether the file is there, and whole.
func readJSONFile(path string, v any) bool {
	data, err := os.ReadFile(path)
	return err == nil && json.Unmarshal(data, v) == nil
}

// varz is what the server's monitoring tells about all connections since its start.
type varz struct {
	Version       string `json:"version"`
	InMsgs        int64  `json:"in_msgs"`
	SlowConsumers int64  `json:"slow_consumers"`
}

func (s *natsServer) varz(ctx context.Context) (v varz, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.monitor+"/varz", nil)
	if err != nil {
		return v, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return v, err
	}
	defer res.Body.Close()
	return v, json.NewDecoder(res.Body).Decode(&v)
}

func (s *natsServer) stop() error {
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	// It says by signal why it ended, and that was ours.
	var exit *exec.ExitError
	if err := s.cmd.Wait(); err != nil && !errors.As(err, &exit) {
		return err
	}
	return nil
}

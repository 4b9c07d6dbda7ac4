package otlp

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
)

const (
	maxAnswer   = 64 << 10 // bytes of an answer that are read
	frameHeader = 5        // of gRPC: whether it is compressed, and its length in four bytes
)

var errTooLong = errors.New("message is longer than a frame of gRPC can be")

// Format is how a message travels.
type Format struct {
	GRPC, Gzip bool
}

// Body returns the body of the request that carries message.
func (f Format) Body(message proto.Message) ([]byte, error) {
	data, err := proto.Marshal(message)
	if err != nil {
		return nil, fmt.Errorf("marshal: %w", err)
	}
	if f.Gzip {
		if data, err = compress(data); err != nil {
			return nil, err
		}
	}
	if !f.GRPC {
		return data, nil
	}
	if uint64(len(data)) > math.MaxUint32 {
		return nil, errTooLong
	}
	frame := make([]byte, frameHeader, frameHeader+len(data)) // of what has been marshalled
	if f.Gzip {
		frame[0] = 1
	}
	binary.BigEndian.PutUint32(frame[1:], uint32(len(data)))
	return append(frame, data...), nil
}

func compress(data []byte) ([]byte, error) {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, err := w.Write(data)
	if err = errors.Join(err, w.Close()); err != nil {
		return nil, fmt.Errorf("compress: %w", err)
	}
	return out.Bytes(), nil
}

// SetHeader sets the headers that the format needs.
func (f Format) SetHeader(header http.Header) {
	encoding, content := "Content-Encoding", "application/x-protobuf"
	if f.GRPC {
		encoding, content = "Grpc-Encoding", "application/grpc"
		header.Set("Te", "trailers")
	}
	header.Set("Content-Type", content)
	if f.Gzip {
		header.Set(encoding, "gzip")
	}
}

// An AnswerError is a collector's answer that is not plain success.
type AnswerError struct {
	Text  string
	Retry bool          // whether the same may succeed later
	After time.Duration // not earlier than that, when the collector says so
}

// Error returns what the collector said.
func (e *AnswerError) Error() string { return e.Text }

// ReadAnswer reads and closes the answer to a request. It returns an [*AnswerError] when the collector did not take all.
func (f Format) ReadAnswer(response *http.Response) error {
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	if response.StatusCode < 200 || response.StatusCode > 299 {
		return httpError(response, body)
	}
	if !f.GRPC {
		if response.Header.Get("Content-Type") != "application/x-protobuf" {
			return nil
		}
		return partialSuccess(body)
	}
	status := response.Trailer
	if response.Header.Get("Grpc-Status") != "" { // an answer without a body has no trailers
		status = response.Header
	}
	if code := status.Get("Grpc-Status"); code != "0" {
		return grpcError(code, status.Get("Grpc-Message"))
	}
	return partialSuccess(body[min(len(body), frameHeader):])
}

func httpError(response *http.Response, body []byte) error {
	err := &AnswerError{Text: response.Status + ": " + string(bytes.TrimSpace(body))}
	switch response.StatusCode {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		err.Retry = true
		if seconds, parseErr := strconv.ParseUint(response.Header.Get("Retry-After"), 10, 31); parseErr == nil {
			err.After = time.Duration(seconds) * time.Second
		}
	}
	return err
}

// grpcError names the codes that OTLP allows to retry: cancelled, deadline exceeded, aborted, out of range, unavailable
// and data loss.
func grpcError(code, message string) error {
	if text, err := url.PathUnescape(message); err == nil {
		message = text
	}
	err := &AnswerError{Text: "gRPC status " + code + ": " + message}
	switch code {
	case "":
		err.Text = "no gRPC status: the endpoint does not speak gRPC"
	case "1", "4", "10", "11", "14", "15":
		err.Retry = true
	}
	return err
}

// partialSuccess reads an Export…ServiceResponse, whose only field says what was not taken.
func partialSuccess(body []byte) error {
	inner, _ := field(body, 1, protowire.BytesType)
	_, rejected := field(inner, 1, protowire.VarintType)
	text, _ := field(inner, 2, protowire.BytesType)
	if rejected == 0 && len(text) == 0 {
		return nil
	}
	return &AnswerError{Text: fmt.Sprintf("%d rejected: %s", rejected, text)}
}

// field finds a field of a message. What is malformed has none.
func field(message []byte, number protowire.Number, kind protowire.Type) ([]byte, uint64) {
	for len(message) > 0 {
		num, typ, n := protowire.ConsumeTag(message)
		if n < 0 {
			return nil, 0
		}
		message = message[n:]
		if num == number && typ == kind {
			if kind == protowire.VarintType {
				v, _ := protowire.ConsumeVarint(message)
				return nil, v
			}
			v, _ := protowire.ConsumeBytes(message)
			return v, 0
		}
		if n = protowire.ConsumeFieldValue(num, typ, message); n < 0 {
			return nil, 0
		}
		message = message[n:]
	}
	return nil, 0
}

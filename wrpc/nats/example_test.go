package wrpcnats_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/wrpc/wrpc/go"
	wrpcnats "github.com/wrpc/wrpc/go/nats"
)

// A server and a caller on one connection. Generated code hides the Encoders and Decoders.
func Example() {
	ns, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true})
	if err != nil {
		log.Panic(err)
	}
	ns.Start()
	defer ns.Shutdown()
	nc, err := nats.Connect(ns.ClientURL())
	if err != nil {
		log.Panic(err)
	}
	defer nc.Close()

	client := wrpcnats.NewClient(nc, wrpcnats.WithPrefix("default.greeter"), wrpcnats.WithTimeout(2*time.Second))
	_, err = wrpc.ServeFuncs(client, "example:greet/greeter", wrpc.Func{
		Name: "greet",
		Handle: func(ctx context.Context, params wrpc.Decoder, results wrpc.Encoder) error {
			name := params.At(0).String()
			if err := params.Err(); err != nil {
				return err
			}
			results.At(0).String("hello, " + name)
			return nil
		},
	})
	if err != nil {
		log.Panic(err)
	}

	ctx := context.Background()
	greet := func(function string) {
		var greeting string
		err := wrpc.Call(ctx, client, "example:greet/greeter", function,
			func(params wrpc.Encoder) { params.At(0).String("gopher") },
			func(results wrpc.Decoder) { greeting = results.At(0).String() })
		switch {
		case errors.Is(err, wrpc.ErrNoResponders):
			fmt.Println("nobody serves", function)
		case err != nil:
			fmt.Println("failed:", err)
		default:
			fmt.Println(greeting)
		}
	}
	greet("greet")
	greet("insult")

	stopping, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	if err := client.Stop(stopping); err != nil { // running calls are waited for
		fmt.Println(err)
	}
	greet("greet")
	// Output:
	// hello, gopher
	// nobody serves insult
	// nobody serves greet
}

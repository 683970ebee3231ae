// fetch asks one URL n times over HTTP/1.1 with Go's net/http: the work of `download`, by another
// hand. A goroutine for each connection at a time, k requests on each connection, and SHA-256 over
// every body, held against the first one's. How many threads run it is left to the scheduler's
// affinity; what it costs is left to whoever starts it.
//
// It prints "requests N", how many were done. Exit status: 0 fine; 1 a request failed; 2 usage.
package main

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"hash"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"sync"
	"sync/atomic"
	"time"
)

const (
	connectTimeout = 10 * time.Second
	requestTimeout = 60 * time.Second
	bufferBytes    = 64 * 1024
)

// job is what the workers share.
type job struct {
	url      string
	requests int64
	each     int64 // requests on a connection
	taken    atomic.Int64
	done     atomic.Int64
	first    atomic.Pointer[[sha256.Size]byte]
	failure  atomic.Pointer[error] // one of them
}

func refuse(format string, values ...any) {
	fmt.Fprintf(os.Stderr, "fetch: "+format+"\n", values...)
	os.Exit(2)
}

// one performs a request, the last one on its connection or not.
func (j *job) one(client *http.Client, last bool, sum hash.Hash, buffer []byte) error {
	request, err := http.NewRequest(http.MethodGet, j.url, nil)
	if err != nil {
		return err
	}
	request.Header.Set("Accept", "*/*")
	request.Close = last
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	sum.Reset()
	if _, err := io.CopyBuffer(sum, response.Body, buffer); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the answer was %s", response.Status)
	}
	var digest [sha256.Size]byte
	sum.Sum(digest[:0])
	if j.first.Load() == nil {
		first := digest
		j.first.CompareAndSwap(nil, &first)
	}
	if digest != *j.first.Load() {
		return errors.New("the body differs from the first one")
	}
	return nil
}

// worker uses one connection after another, each for `each` requests, until all are taken. What a
// connection could not do because it failed counts as failed too.
func (j *job) worker(transport *http.Transport) {
	client := &http.Client{
		Transport: transport,
		Timeout:   requestTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		},
	}
	sum, buffer := sha256.New(), make([]byte, bufferBytes)
	for {
		end := j.taken.Add(j.each)
		begin := end - j.each
		if begin >= j.requests {
			return
		}
		if end > j.requests {
			end = j.requests
		}
		for at := begin; at < end; at++ {
			if err := j.one(client, at == end-1, sum, buffer); err != nil {
				j.failure.CompareAndSwap(nil, &err)
				transport.CloseIdleConnections()
				break
			}
			j.done.Add(1)
		}
	}
}

// dialer gives the function that connects: to where -connect-to says in place of the URL's host and
// port, or to these.
func dialer(connectTo string) func(context.Context, string, string) (net.Conn, error) {
	plain := &net.Dialer{Timeout: connectTimeout}
	if connectTo == "" {
		return plain.DialContext
	}
	form := regexp.MustCompile(`^\[?([^\[\]]+)\]?:(\d+):\[?([^\[\]]+)\]?:(\d+)$`)
	parts := form.FindStringSubmatch(connectTo)
	if parts == nil {
		refuse("-connect-to takes HOST:PORT:ADDR:PORT, not '%s'", connectTo)
	}
	from, to := net.JoinHostPort(parts[1], parts[2]), net.JoinHostPort(parts[3], parts[4])
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		if address == from {
			address = to
		}
		return plain.DialContext(ctx, network, address)
	}
}

func tlsConfig(cacert, session string, insecure bool, connections int) *tls.Config {
	config := &tls.Config{InsecureSkipVerify: insecure}
	if cacert != "" {
		text, err := os.ReadFile(cacert)
		if err != nil {
			refuse("the CA file cannot be read: %v", err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(text) {
			refuse("the file '%s' holds no certificate", cacert)
		}
	}
	if session == "resume" {
		config.ClientSessionCache = tls.NewLRUClientSessionCache(connections)
	}
	return config
}

func main() {
	flags := flag.NewFlagSet("fetch", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	connections := flags.Int("c", 1, "")
	each := flags.Int64("k", 1, "")
	requests := flags.Int64("n", 0, "")
	insecure := flags.Bool("insecure", false, "")
	session := flags.String("session", "full", "")
	cacert := flags.String("cacert", "", "")
	connectTo := flags.String("connect-to", "", "")
	if err := flags.Parse(os.Args[1:]); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			fmt.Println("Usage: fetch [-c CONNECTIONS] [-k REQUESTS_PER_CONNECTION] [-insecure] " +
				"[-session full|resume]\n             [-cacert FILE] " +
				"[-connect-to HOST:PORT:ADDR:PORT] -n REQUESTS URL")
			return
		}
		refuse("%v; see -help", err)
	}
	if *connections < 1 || *each < 1 || *requests < 1 {
		refuse("-n, -c and -k take numbers from 1")
	}
	if *session != "full" && *session != "resume" {
		refuse("-session takes full or resume, not '%s'", *session)
	}
	target, err := url.Parse(flags.Arg(0))
	if flags.NArg() != 1 || err != nil || target.Host == "" ||
		(target.Scheme != "http" && target.Scheme != "https") {
		refuse("it takes one URL, of http or https; see -help")
	}
	dial, config := dialer(*connectTo), tlsConfig(*cacert, *session, *insecure, *connections)
	j := &job{url: flags.Arg(0), requests: *requests, each: *each}
	var workers sync.WaitGroup
	for i := 0; i < *connections; i++ {
		workers.Add(1)
		go func() {
			defer workers.Done()
			j.worker(&http.Transport{
				DialContext:         dial,
				TLSClientConfig:     config, // without h2 in it: HTTP/1.1 alone
				TLSHandshakeTimeout: connectTimeout,
				DisableCompression:  true,
			})
		}()
	}
	workers.Wait()
	fmt.Printf("requests %d\n", j.done.Load())
	if failure := j.failure.Load(); failure != nil {
		fmt.Fprintf(os.Stderr, "fetch: %d of %d requests failed, one of them: %v\n",
			j.requests-j.done.Load(), j.requests, *failure)
		os.Exit(1)
	}
}

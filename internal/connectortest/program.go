package connectortest

import (
	"bufio"
	"context"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"
)

// StripeMock builds Stripe's own mock, whose version compat/stripemock pins, runs
// it until the test ends, and returns its address.
func StripeMock(t testing.TB) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "stripe-mock")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, "github.com/stripe/stripe-mock")
	build.Dir = filepath.Join("..", "..", "..", "compat", "stripemock")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build stripe-mock: %v\n%s", err, out)
	}
	ctx, stop := context.WithCancel(context.Background()) // ends with the test's clean-up
	run := exec.CommandContext(ctx, program, "-http-addr", "127.0.0.1:0")
	out, err := run.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop()
		_ = run.Wait()
	})
	address := make(chan string, 1)
	go func() {
		found := regexp.MustCompile(`127\.0\.0\.1:\d+`)
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if at := found.FindString(lines.Text()); at != "" {
				select {
				case address <- at:
				default:
				}
			}
		}
	}()
	select {
	case at := <-address:
		return "http://" + at
	case <-time.After(30 * time.Second):
		t.Fatal("stripe-mock does not say where it listens")
		return ""
	}
}

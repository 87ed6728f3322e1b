package collect_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"kept/internal/collect"
	"kept/internal/testfix"
)

// capture opens requests that real clients sent, recorded by their own users.
func capture(t *testing.T) *os.File {
	t.Helper()
	f, err := os.Open(testfix.Shared(t, "data", "segment-clients", "capture.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestCapture reads every recorded request, plain and compressed under any name,
// and finds all its messages, each once and at a sensible time.
func TestCapture(t *testing.T) {
	f := capture(t)
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 64<<20)
	requests, messages := 0, 0
	for lines.Scan() {
		var r struct {
			URL  string `json:"url"`
			Body struct {
				Batch []json.RawMessage `json:"batch"`
			} `json:"body"`
		}
		var raw struct {
			Body json.RawMessage `json:"body"`
		}
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(lines.Bytes(), &raw); err != nil {
			t.Fatal(err)
		}
		var packed bytes.Buffer
		z := gzip.NewWriter(&packed)
		if _, err := z.Write(raw.Body); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		for name, sent := range map[string][]byte{"": raw.Body, "gzip": packed.Bytes(), "identity": packed.Bytes()} {
			body, err := collect.ReadBody(bytes.NewReader(sent), name, int64(len(sent)))
			if err != nil {
				t.Fatalf("request %d, encoding %q: %v", requests, name, err)
			}
			if !bytes.Equal(body, raw.Body) {
				t.Fatalf("request %d, encoding %q: the body changed on its way", requests, name)
			}
		}
		e, err := collect.OpenEnvelope(raw.Body, "")
		if err != nil {
			t.Fatalf("request %d: %v", requests, err)
		}
		if e.Messages != len(r.Body.Batch) {
			t.Errorf("request %d: %d messages, want %d", requests, e.Messages, len(r.Body.Batch))
		}
		received := time.Date(2026, 11, 22, 1, 0, 0, 0, time.UTC)
		found, rejects := collect.Decode(&collect.Entry{Source: "test", ReceivedAt: received, Messages: e.Messages, Body: raw.Body})
		if len(rejects) > 0 {
			t.Errorf("request %d: rejected %+v", requests, rejects[0])
		}
		if len(found) != e.Messages {
			t.Errorf("request %d: decoded %d of %d messages", requests, len(found), e.Messages)
		}
		ids := map[string]bool{}
		for _, m := range found {
			if m.ID == "" || ids[m.ID] {
				t.Errorf("request %d: the id %q is empty or there twice", requests, m.ID)
			}
			ids[m.ID] = true
			if m.UserID == "" && m.AnonymousID == "" && m.GroupID == "" {
				t.Errorf("request %d: %s %s belongs to nobody", requests, m.Type, m.ID)
			}
			if d := received.Sub(m.At); d < -time.Hour || d > 48*time.Hour {
				t.Errorf("request %d: %s is at %v, received at %v", requests, m.Type, m.At, received)
			}
		}
		requests++
		messages += len(found)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	if requests == 0 || messages == 0 {
		t.Fatalf("%d requests, %d messages: nothing was tested", requests, messages)
	}
}

// TestMalformed wants a clear word for each body, and no panic.
func TestMalformed(t *testing.T) {
	for what, body := range map[string]string{
		"empty": "", "white space": " \n", "not JSON": "hello", "a list": "[]", "a number": "5", "null": "null", "cut off": `{"batch":[{"type":"track"`,
		"a batch of text": `{"batch":"x"}`, "a batch that is an object": `{"batch":{}}`, "deep": strings.Repeat(`{"a":`, 20_000) + "1" + strings.Repeat("}", 20_000),
	} {
		if _, err := collect.OpenEnvelope([]byte(body), ""); err == nil {
			t.Errorf("%s: no error", what)
		}
	}
	bomb := new(bytes.Buffer)
	z := gzip.NewWriter(bomb)
	zero := make([]byte, 1<<20)
	for range 64 {
		if _, err := z.Write(zero); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := collect.ReadBody(bomb, "gzip", 0); err == nil {
		t.Error("64 MB of zeros in a small body: no error")
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"batch":[{"type":"track","event":"x","userId":5,"timestamp":"2026-01-01T00:00:00Z"}],"sentAt":"x"}`))
	f.Add([]byte(`{"api_key":"k","batch":[{"event":"$groupidentify","distinct_id":"$company_1","properties":{"$group_type":"company"}}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		e, err := collect.OpenEnvelope(body, "")
		if err != nil {
			return
		}
		found, rejects := collect.Decode(&collect.Entry{Source: "s", ReceivedAt: time.Unix(1e9, 0), Messages: e.Messages, Body: body})
		if len(found)+len(rejects) > e.Messages {
			t.Fatalf("%d messages and %d rejects of %d", len(found), len(rejects), e.Messages)
		}
	})
}

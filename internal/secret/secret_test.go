package secret

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kept/internal/fault"
)

func TestBox(t *testing.T) {
	path := filepath.Join(t.TempDir(), KeyFile)
	box, err := LoadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("the key file is %v, %v; want 0600", info.Mode(), err)
	}
	again, err := LoadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := box.Seal("cnx_1", []byte("sk_live_secret"))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(sealed, "secret") {
		t.Errorf("the sealed text shows the secret: %s", sealed)
	}
	plain, err := again.Open("cnx_1", sealed)
	if err != nil || !bytes.Equal(plain, []byte("sk_live_secret")) {
		t.Errorf("opened %q, %v", plain, err)
	}
	twice, err := box.Seal("cnx_1", []byte("sk_live_secret"))
	if err != nil || twice == sealed {
		t.Errorf("two seals are alike: %v", err)
	}
	other, err := New(bytes.Repeat([]byte{7}, keyBytes))
	if err != nil {
		t.Fatal(err)
	}
	flipped := []byte(sealed)
	flipped[len(flipped)-4] ^= 1
	for name, open := range map[string]func() ([]byte, error){
		"another purpose": func() ([]byte, error) { return box.Open("cnx_2", sealed) },
		"another key":     func() ([]byte, error) { return other.Open("cnx_1", sealed) },
		"a changed byte":  func() ([]byte, error) { return box.Open("cnx_1", string(flipped)) },
		"nothing":         func() ([]byte, error) { return box.Open("cnx_1", "") },
		"no base64":       func() ([]byte, error) { return box.Open("cnx_1", "k1:"+box.id+":***") },
		"too short":       func() ([]byte, error) { return box.Open("cnx_1", "k1:"+box.id+":AAAA") },
	} {
		if got, err := open(); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s opens as %q, %v", name, got, err)
		}
	}
}

func TestParseKey(t *testing.T) {
	hexKey := strings.Repeat("0a", keyBytes)
	if _, err := ParseKey(hexKey + "\n"); err != nil {
		t.Error(err)
	}
	for _, bad := range []string{"", "short", strings.Repeat("0a", 16), strings.Repeat("zz", 40)} {
		if _, err := ParseKey(bad); !fault.Is(err, fault.Invalid) {
			t.Errorf("ParseKey(%q) = %v", bad, err)
		}
	}
	path := filepath.Join(t.TempDir(), "k")
	if err := os.WriteFile(path, []byte("garbage"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadFile(path); !fault.Is(err, fault.Invalid) {
		t.Errorf("a damaged key file: %v", err)
	}
}

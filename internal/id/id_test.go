package id

import (
	"bytes"
	"testing"
	"time"
)

func TestIdentifiers(t *testing.T) {
	early, err := New[Account](time.UnixMilli(1000), bytes.NewReader(make([]byte, 9)))
	if err != nil {
		t.Fatal(err)
	}
	late, err := New[Account](time.UnixMilli(2000), bytes.NewReader(make([]byte, 9)))
	if err != nil {
		t.Fatal(err)
	}
	if early >= late {
		t.Errorf("%s does not sort before %s", early, late)
	}
	if got, err := Parse[Account]("id", string(late)); err != nil || got != late {
		t.Errorf("Parse(%s) = %s, %v", late, got, err)
	}
	for _, bad := range []string{"", "acc_", "con_" + string(late[4:]), string(late) + "0", "acc_zzzzzzzzzzzzzzzzzzzzzzzz"} {
		if _, err := Parse[Account]("id", bad); err == nil {
			t.Errorf("Parse(%q) accepted it", bad)
		}
	}
	first, again, other := Derive[Account]("crm", "1"), Derive[Account]("crm", "1"), Derive[Account]("crm2", "1")
	if first != again || first == other {
		t.Errorf("Derive does not depend on exactly its arguments: %s, %s, %s", first, again, other)
	}
	if _, err := New[Account](time.UnixMilli(1), bytes.NewReader(nil)); err == nil {
		t.Error("a dry source of randomness is not an error")
	}
}

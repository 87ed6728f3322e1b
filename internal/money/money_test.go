package money

import "testing"

func TestParse(t *testing.T) {
	for _, c := range []struct {
		in   string
		cur  Currency
		want int64
		ok   bool
	}{
		{"1,234.50", "USD", 123450, true},
		{"0.005", "USD", 1, true},
		{"-0.005", "USD", -1, true},
		{"1200", "JPY", 1200, true},
		{"1.2345", "KWD", 1235, true},
		{"1e3", "USD", 100000, true},
		{"1,234", "USD", 123400, true},
		{"", "USD", 0, false},
		{"1/3", "USD", 0, false},
		{"12,34", "USD", 0, false},
		{"1e999999999", "USD", 0, false},
		{"99999999999999999999", "USD", 0, false},
	} {
		got, err := Parse("x", c.in, c.cur)
		if (err == nil) != c.ok || got.Minor != c.want {
			t.Errorf("Parse(%q, %s) = %v, %v; want %d, ok %t", c.in, c.cur, got, err, c.want, c.ok)
		}
	}
	if _, err := ParseCurrency("x", "US"); err == nil {
		t.Error("a two-letter currency is accepted")
	}
}

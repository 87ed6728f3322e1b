package maturity

import (
	"strconv"
	"strings"
	"testing"
)

func peer(n int, size, acv string, overall float64) Peer {
	return Peer{Contributor: "c" + strconv.Itoa(n), Size: size, ACV: acv, Overall: overall, Dimensions: map[string]float64{"health": overall}}
}

func TestCellOf(t *testing.T) {
	for _, c := range []struct {
		arr       float64
		accounts  int
		size, acv string
	}{
		{9_999_999, 1000, "<10m", "5-25k"},
		{10e6, 4000, "10-50m", "<5k"},
		{2e9, 10, ">1bn", ">100k"},
		{0, 10, "", ""},
		{5e6, 0, "", ""},
	} {
		if size, acv := CellOf(c.arr, c.accounts); size != c.size || acv != c.acv {
			t.Errorf("%v from %d: %q, %q", c.arr, c.accounts, size, acv)
		}
	}
}

func TestCompare(t *testing.T) {
	own := Peer{Contributor: "me", Size: "<10m", ACV: "5-25k", Overall: 40, Dimensions: map[string]float64{"health": 40, "roi": 10}}
	// Four of the cell, two more of the size: widened, and the seventh is oneself.
	peers := []Peer{
		peer(1, "<10m", "5-25k", 10), peer(2, "<10m", "5-25k", 40), peer(3, "<10m", "5-25k", 50), peer(4, "<10m", "5-25k", 20),
		peer(5, "<10m", "<5k", 80), peer(6, "<10m", "<5k", 30), own,
	}
	c := Compare(&own, peers)
	if c.Peers != 6 || c.Cell != 6 || !strings.Contains(c.Words, "Fewer than five") {
		t.Fatalf("%+v", c)
	}
	// Below: 10, 20, 30; equal: one. (3 + 1/2) / 6.
	if s := c.Standings[0]; s.Key != "overall" || *s.Percentile != 3.5/6*100 || *s.Median != 35 {
		t.Errorf("%+v %v %v", s, *s.Percentile, *s.Median)
	}
	// Nobody tells the return on investment: a place among none is none.
	if s := c.Standings[2]; s.Key != "roi" || s.Percentile != nil || s.N != 0 {
		t.Errorf("%+v", s)
	}
	if c := Compare(&own, peers[:4]); c.Cell != 0 || len(c.Standings) != 0 || !strings.Contains(c.Words, "nothing is compared") {
		t.Errorf("four peers are too few: %+v", c)
	}
	if c := Compare(&own, nil); !strings.Contains(c.Words, "no peers") {
		t.Errorf("%+v", c)
	}
	own.Size = ""
	if c := Compare(&own, peers); c.Cell != 0 || !strings.Contains(c.Words, "no ARR") {
		t.Errorf("%+v", c)
	}
}

func TestExchangeCheck(t *testing.T) {
	good := func() Exchange {
		return Exchange{Format: ExchangeFormat, Questionnaire: Questionnaire, Peers: []Peer{peer(1, "<10m", "<5k", 10)}}
	}
	for want, spoil := range map[string]func(*Exchange){
		"format":                     func(x *Exchange) { x.Format = "csv" },
		"questionnaire":              func(x *Exchange) { x.Questionnaire = "other" },
		"is empty":                   func(x *Exchange) { x.Peers = nil },
		"peers[0].contributor":       func(x *Exchange) { x.Peers[0].Contributor = "" },
		"there twice":                func(x *Exchange) { x.Peers = append(x.Peers, x.Peers[0]) },
		"peers[0].size":              func(x *Exchange) { x.Peers[0].Size = "big" },
		"peers[0].acv":               func(x *Exchange) { x.Peers[0].ACV = "much" },
		"peers[0].stage":             func(x *Exchange) { x.Peers[0].Stage = "unicorn" },
		"peers[0].overall":           func(x *Exchange) { x.Peers[0].Overall = 101 },
		"peers[0].dimensions.luck":   func(x *Exchange) { x.Peers[0].Dimensions = map[string]float64{"luck": 1} },
		"peers[0].dimensions.health": func(x *Exchange) { x.Peers[0].Dimensions = map[string]float64{"health": -1} },
	} {
		x := good()
		spoil(&x)
		if err := x.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	x := good()
	if err := x.Check(); err != nil {
		t.Error(err)
	}
}

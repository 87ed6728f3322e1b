package identity

import (
	"slices"
	"strings"
	"unicode"
)

// legal are endings that say what a company is in law, not which.
var legal = map[string]bool{
	"inc": true, "incorporated": true, "llc": true, "ltd": true, "limited": true, "corp": true, "corporation": true, "co": true, "company": true, "plc": true, "lp": true, "llp": true,
	"gmbh": true, "ag": true, "kg": true, "ug": true, "se": true, "ev": true, "mbh": true, "sa": true, "sas": true, "sarl": true, "srl": true, "spa": true, "bv": true, "nv": true,
	"ab": true, "as": true, "oy": true, "aps": true, "pty": true, "pvt": true, "sl": true, "kk": true, "the": true, "group": true, "holding": true, "holdings": true,
}

// Normal writes a name so that its spellings meet: lower case, letters and digits
// alone, without legal forms, its words in order.
func Normal(name string) string {
	words := strings.FieldsFunc(strings.ToLower(fold(name)), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	kept := words[:0:0]
	for _, w := range words {
		if !legal[w] {
			kept = append(kept, w)
		}
	}
	if len(kept) == 0 {
		kept = words
	}
	slices.Sort(kept)
	return strings.Join(kept, " ")
}

var marks = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "ß", "ss", "é", "e", "è", "e", "ê", "e", "á", "a", "à", "a", "â", "a", "ó", "o", "ò", "o", "ô", "o", "ú", "u", "ù", "u",
	"í", "i", "ì", "i", "ç", "c", "ñ", "n", "å", "a", "ø", "o", "æ", "ae", "&", " and ", "'", "", "’", "", ".", "")

func fold(s string) string { return marks.Replace(strings.ToLower(s)) }

// blocks are keys that two similar names are likely to share: each word's start.
func blocks(name string) []string {
	var out []string
	for w := range strings.FieldsSeq(Normal(name)) {
		runes := []rune(w)
		if len(runes) >= 3 {
			out = append(out, string(runes[:min(4, len(runes))]))
		}
	}
	return out
}

// Similar compares two normal names by the share of three-letter pieces that they
// have in common (Dice): 1 for equal ones, 0 for nothing in common.
func Similar(a, b string) float64 {
	if a == b {
		return 1
	}
	x, y := pieces(a), pieces(b)
	if len(x) == 0 || len(y) == 0 {
		return 0
	}
	both := 0
	for p, n := range x {
		both += min(n, y[p])
	}
	total := 0
	for _, n := range x {
		total += n
	}
	for _, n := range y {
		total += n
	}
	return 2 * float64(both) / float64(total)
}

func pieces(s string) map[string]int {
	runes := []rune("  " + s + " ")
	out := map[string]int{}
	for i := 0; i+3 <= len(runes); i++ {
		out[string(runes[i:i+3])]++
	}
	return out
}

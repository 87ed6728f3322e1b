package validate

import (
	"math"
	"strconv"
	"strings"
)

func formatFloat(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// count writes "1 account", "2 accounts".
func count(n int, one string) string {
	s := group(n) + " " + one
	if n == 1 {
		return s
	}
	if strings.HasSuffix(one, "y") {
		return strings.TrimSuffix(s, "y") + "ies"
	}
	return s + "s"
}

// group writes thousands with commas.
func group(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// figure writes a ratio such as an AUC with two digits.
func figure(f float64) string { return strconv.FormatFloat(f, 'f', 2, 64) }

// percent writes a share in per cent: whole from 10 %, with a digit below.
func percent(f float64) string {
	digits := 0
	if math.Abs(f) < 0.0995 {
		digits = 1
	}
	return strconv.FormatFloat(f*100, 'f', digits, 64) + " %"
}

// atCutOffs counts rows of a data set.
func atCutOffs(n int) string {
	if n == 1 {
		return "1 account at a cut-off"
	}
	return group(n) + " accounts at a cut-off"
}

package drivers

import (
	"fmt"
	"strconv"
)

func plural(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + one + "s"
}

// ago says a lag in words.
func ago(days int) string {
	switch {
	case days == 0:
		return "at the same time"
	case days%7 == 0:
		return plural(days/7, "week") + " before"
	}
	return plural(days, "day") + " before"
}

func number(f float64) string { return strconv.FormatFloat(f, 'g', 3, 64) }

// times says odds in words.
func times(odds float64) string { return fmt.Sprintf("%.2f times", odds) }

package health

import (
	"math"
	"strconv"
)

// Display rounds half-up for display. Nothing inside computes with it.
func Display(score float64) int { return int(math.Floor(score + 0.5)) }

func percent(share float64) string {
	return strconv.FormatFloat(math.Round(share*1000)/10, 'f', -1, 64) + " %"
}

func days(n float64) string {
	if n == 1 {
		return "1 day"
	}
	return strconv.FormatFloat(n, 'f', -1, 64) + " days"
}

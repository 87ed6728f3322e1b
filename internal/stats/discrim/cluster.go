package discrim

import "math"

// ClusterVar is the variance of the area when rows of one cluster (an account
// seen several times) are not independent (Obuchowski 1997): DeLong's components
// are summed per cluster. y is the outcome given to NewAUC, cluster a label ≥ 0
// per row. With one row a cluster it is near DeLong's; NaN with fewer than two
// clusters of either class.
func (a *AUC) ClusterVar(y []float64, cluster []int32) float64 {
	return clusterVar(y, cluster, a.AUC, func(class, k int) float64 {
		if class == 1 {
			return a.v10[k]
		}
		return a.v01[k]
	})
}

// PairedClusterVar is the variance of the difference a − b of two areas of the
// same rows, by cluster.
func PairedClusterVar(a, b *AUC, y []float64, cluster []int32) float64 {
	return clusterVar(y, cluster, a.AUC-b.AUC, func(class, k int) float64 {
		if class == 1 {
			return a.v10[k] - b.v10[k]
		}
		return a.v01[k] - b.v01[k]
	})
}

func clusterVar(y []float64, cluster []int32, mean float64, component func(class, k int) float64) float64 {
	most := int32(-1)
	for _, c := range cluster {
		most = max(most, c)
	}
	type sums struct {
		v [2]float64 // of components less their mean, by class
		n [2]int
	}
	by := make([]sums, most+1)
	seen := [2]int{}
	for i, c := range cluster {
		class := int(y[i])
		by[c].v[class] += component(class, seen[class]) - mean
		by[c].n[class]++
		seen[class]++
	}
	var s10, s01, s11 float64
	var i10, i01, all float64
	for _, s := range by {
		if s.n[0]+s.n[1] == 0 {
			continue
		}
		all++
		if s.n[1] > 0 {
			i10++
		}
		if s.n[0] > 0 {
			i01++
		}
		s10 += s.v[1] * s.v[1]
		s01 += s.v[0] * s.v[0]
		s11 += s.v[0] * s.v[1]
	}
	if i10 < 2 || i01 < 2 {
		return math.NaN()
	}
	m, n := float64(seen[1]), float64(seen[0])
	return max(0, i10/(i10-1)*s10/(m*m)+i01/(i01-1)*s01/(n*n)+2*all/(all-1)*s11/(m*n))
}

package duckstore

// hashID is the 64-bit hash of a message id that is stored beside it: FNV-1a,
// then the finaliser of MurmurHash3, because FNV alone leaves the high bits of
// short texts badly mixed. It is part of the file format: changing it needs a
// migration that rewrites the column.
func hashID(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	h ^= h >> 33
	h *= 0xff51afd7ed558ccd
	h ^= h >> 33
	h *= 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}

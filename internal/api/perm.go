package api

import "kept/internal/access"

// permission is what an operation needs of its caller: one of access, or one of
// the two here.
type permission = access.Permission

const (
	anyone   permission = ""          // no sign-in
	signedIn permission = "signed_in" // any user or token, but not a source's write key

	canRead  = access.Read
	canEdit  = access.WriteRecord
	canModel = access.WriteModel
	canData  = access.Import
	canToken = access.ManageTokens
	canUsers = access.ManageUsers
)

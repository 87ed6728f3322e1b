package api

// permission is what an operation needs of its caller.
type permission string

// The permissions.
const (
	anyone   permission = ""          // no sign-in
	signedIn permission = "signed_in" // any user or token
	canRead  permission = "read"      // see accounts and numbers
	canEdit  permission = "edit"      // change accounts, notes, attributes, overrides
	canModel permission = "model"     // change the model
	canData  permission = "data"      // import
	canAdmin permission = "admin"     // users, tokens, settings, audit
)

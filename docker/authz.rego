# METADATA
# title: What callers may ask of the OPA server
# description: |
#   Decisions and health, nothing else: the query, compile, data and policy interfaces would read or
#   change any document. Lies outside the bundle, whose root is mayuse.
package system.authz

default allow := false

allow if {
	input.method == "POST"
	input.path == ["v1", "data", "mayuse", "main", "decision"]
}

allow if {
	input.method == "POST"
	input.path == ["v1", "data", "mayuse", "main", "batch"]
}

allow if {
	input.method == "GET"
	input.path == ["health"]
}

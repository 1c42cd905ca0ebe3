# Laid over the compose file: what differs in a release.
target "web" {
  description = "The pages, with the interface they talk to"
  args        = { CHANNEL = "stable" }
}

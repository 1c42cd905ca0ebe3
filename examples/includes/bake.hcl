# One file for the whole repository that takes in the files of its services. `tsbake explain api` shows what came from where,
# `tsbake graph` how it hangs together, `tsbake build --env-file release.env` builds with the values of a release.

include = ["shared/base.hcl", "services/*/bake.*"]

group "default" {
  targets = ["api", "web"]
}

# A file may add to what it includes: it has the last word.
target "web" {
  labels = { "org.opencontainers.image.title" = "web" }
}

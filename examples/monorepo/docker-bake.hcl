# A monorepo: each service has its folder and Dockerfile, all stand on one base. `tsbake build` here builds everything.

variable "TAG" {
  default = "dev"
}

group "default" {
  targets = ["api", "web"]
}

target "_common" {
  labels = {
    "org.opencontainers.image.version" = TAG
  }
}

target "base" {
  context = "base"
  args    = { VERSION = TAG }
}

target "_service" {
  inherits = ["_common"]
  contexts = { base = "target:base" }
}

target "api" {
  inherits = ["_service"]
  context  = "services/api"
  tags     = ["shop/api:${TAG}"]
  output   = ["type=oci,dest=out/api.tar"]
}

target "web" {
  inherits = ["_service"]
  context  = "services/web"
  tags     = ["shop/web:${TAG}"]
  output   = ["type=oci,dest=out/web.tar"]
}

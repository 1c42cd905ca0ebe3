variable "VERSION" {
  default = "dev"
}

target "_base" {
  args   = { VERSION = VERSION }
  labels = { "org.opencontainers.image.version" = VERSION }
}

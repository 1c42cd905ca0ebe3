# Driven by the Makefile beside it.

variable "EDITION" {
  default = "plain"
}

target "default" {
  args   = { EDITION = EDITION }
  output = ["type=oci,dest=out/notes.tar"]
}

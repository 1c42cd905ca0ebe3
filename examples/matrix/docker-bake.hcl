# One block, six targets: every combination of edition and language. `tsbake list` shows them.

group "default" {
  targets = ["site"]
}

target "site" {
  name = "site-${edition}-${language}"
  matrix = {
    edition  = ["free", "pro"]
    language = ["de", "en", "fr"]
  }
  args = {
    EDITION  = edition
    LANGUAGE = language
  }
  target = edition == "pro" ? "pro" : "free"
  tags   = ["site:${edition}-${language}"]
  output = ["type=local,dest=out/${edition}/${language}"]
}

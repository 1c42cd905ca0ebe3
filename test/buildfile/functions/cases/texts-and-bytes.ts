import type { CasesByFunction } from "./function-cases.ts";

export const encodingCases: CasesByFunction = {
  base64encode: {
    good: [
      ['base64encode("žlutý")', '"xb5sdXTDvQ=="'],
      ['base64encode("")', '""'],
    ],
    bad: [["base64encode([])", "expected string"]],
  },
  base64decode: {
    good: [
      ['base64decode("aGVsbG8=")', '"hello"'],
      [String.raw`base64decode("aGVs\r\nbG8=")`, '"hello"'],
      ['base64decode("")', '""'],
    ],
    bad: [
      ['base64decode("a$$$")', '"str" of base64decode: is not base64'],
      ['base64decode("aGVsbG8")', "is not base64"],
      ['base64decode("a=bc")', "is not base64"],
      ['base64decode("_-8=")', "is not base64"],
      ['base64decode("/w==")', "does not decode to UTF-8 text"],
    ],
  },
  jsonencode: {
    good: [
      ['jsonencode({ b = [1, 2.50], a = "x", c = null })', String.raw`"{\"a\":\"x\",\"b\":[1,2.5],\"c\":null}"`],
      ["jsonencode(null)", '"null"'],
      ["jsonencode(1e21)", '"1000000000000000000000"'],
      [String.raw`jsonencode("<&>\u2028")`, String.raw`"\"\\u003c\\u0026\\u003e\\u2028\""`],
    ],
    bad: [["jsonencode(1/0)", "infinity has no JSON form"]],
  },
  jsondecode: {
    good: [
      [String.raw`jsondecode("{\"a\": [1, \"two\", null, true]}")`, '{"a":[1,"two",null,true]}'],
      ['jsondecode("12") + 1', "13"],
      ['jsondecode(" 0.10000000000000000000000000001 ")', "0.10000000000000000000000000001"],
    ],
    bad: [
      ['jsondecode("{a: 1}")', '"str" of jsondecode: is not JSON: expected a string (line 1, column 2)'],
      ['jsondecode("1 2")', "text after the end"],
      ['jsondecode("")', "ends too soon"],
      [String.raw`jsondecode("[1,\n 01]")`, "(line 2, column 3)"],
    ],
  },
  csvdecode: {
    good: [
      [
        String.raw`csvdecode("name,age\nann,30\n\"bob, jr\",\"4\"\"1\"\n")`,
        String.raw`[{"age":"30","name":"ann"},{"age":"4\"1","name":"bob, jr"}]`,
      ],
      ['csvdecode("only,header")', "[]"],
      [String.raw`csvdecode("a,b\r\n\r\n1,\r\n\r\n")`, '[{"a":"1","b":""}]'],
      [String.raw`csvdecode("a\n\"x\r\ny\"")`, String.raw`[{"a":"x\ny"}]`],
      [String.raw`csvdecode(" a ,b\n 1, 2 ")`, '[{" a ":" 1","b":" 2 "}]'],
      [String.raw`csvdecode("a,\n1,2")`, '[{"":"2","a":"1"}]'],
    ],
    bad: [
      [String.raw`csvdecode("a\n1,2")`, "csvdecode: line 2 of the CSV text has 2 fields, the header has 1"],
      [String.raw`csvdecode("a,b\n1\n")`, "line 2 of the CSV text has 1 field"],
      ['csvdecode("")', "has no header line"],
      [String.raw`csvdecode("\n\n")`, "has no header line"],
      ['csvdecode("a,a")', 'two columns named "a"'],
      [String.raw`csvdecode("a\nb\"c")`, "line 2 of the CSV text: a quote"],
      [String.raw`csvdecode("a\n\n\"b")`, "line 3 of the CSV text: a quoted field has no closing quote"],
      [String.raw`csvdecode("a\n\"b\"c")`, "text follows the closing quote"],
    ],
  },
  urlencode: {
    good: [
      ['urlencode("a b&c=d/e")', '"a+b%26c%3Dd%2Fe"'],
      ['urlencode("é+~_-.!*\'()")', '"%C3%A9%2B~_-.%21%2A%27%28%29"'],
      ['urlencode("")', '""'],
    ],
    bad: [["urlencode({})", "expected string"]],
  },
};

export const cryptographyCases: CasesByFunction = {
  md5: {
    good: [
      ['md5("hello")', '"5d41402abc4b2a76b9719d911017c592"'],
      ['md5("")', '"d41d8cd98f00b204e9800998ecf8427e"'],
    ],
    bad: [["md5([])", "expected string"]],
  },
  sha1: {
    good: [['sha1("hello")', '"aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d"']],
    bad: [["sha1()", "needs exactly 1 argument"]],
  },
  sha256: {
    good: [
      ['sha256("hello")', '"2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"'],
      ['sha256("žlutý")', '"521c0e29bdc8d795a49b00b82b2bb2faf18607edb34b8f86cde8958b70e078d4"'],
    ],
    bad: [["sha256(null)", "must not be null"]],
  },
  sha512: {
    good: [
      ['substr(sha512("hello"), 0, 32)', '"9b71d224bd62f3785d96d46ad3ea3d73"'],
      ['strlen(sha512(""))', "128"],
    ],
    bad: [["sha512({})", "expected string"]],
  },
  bcrypt: {
    good: [
      ['substr(bcrypt("secret", 4), 0, 7)', '"$2a$04$"'],
      ['strlen(bcrypt("secret"))', "60"],
    ],
    bad: [
      ['bcrypt("secret", 3)', '"cost" of bcrypt: the cost must be between 4 and 31, but is 3'],
      ['bcrypt("secret", 32)', "between 4 and 31"],
      ['bcrypt("secret", 31)', "would take too long"],
      ['bcrypt("secret", 4, 5)', "nothing else"],
      ['bcrypt(join("", range(100)))', "has 190 bytes"],
    ],
  },
  rsadecrypt: {
    good: [["rsadecrypt(secret, key)", '"top secret"']],
    bad: [
      ['rsadecrypt("?", key)', "must be base64"],
      ['rsadecrypt("AAAA", key)', "is not encrypted for this key"],
      ['rsadecrypt(base64encode(join("", range(200))), key)', "is not encrypted for this key"],
      ['rsadecrypt("AAAA", "no key")', "is not a private key in PEM form"],
      ['rsadecrypt("AAAA", otherkey)', "is not an RSA private key"],
      ['rsadecrypt("AAAA", lockedkey)', "the key has a passphrase"],
      ["rsadecrypt(binarysecret, key)", "does not decrypt to UTF-8 text"],
    ],
  },
  uuidv4: {
    good: [['regex("^[0-9a-f-]+$", uuidv4())', '"00000000-0000-4000-8000-000000000000"']],
    bad: [["uuidv4(1)", "needs exactly 0 arguments"]],
  },
  uuidv5: {
    good: [
      ['uuidv5("dns", "example.com")', '"cfbff0d1-9375-5685-968c-48ce8b15ae17"'],
      ['uuidv5("url", "https://example.com/")', '"dd2c1780-811a-5296-81c5-178a0ef488bc"'],
      ['uuidv5("oid", "1.3.6.1")', '"1447fa61-5277-5fef-a9b3-fbc6e44f4af3"'],
      ['uuidv5("x500", "cn=John")', '"1713550e-4d56-5817-bce4-d5dac105f99d"'],
      ['uuidv5("0F0E0D0C-0b0a-4908-8706-050403020100", "example.org")', '"40c88d30-ed47-5fe7-864b-08c394debaa5"'],
    ],
    bad: [['uuidv5("nope", "x")', 'must be dns, url, oid, x500 or a UUID, not "nope"']],
  },
};

export const machineCases: CasesByFunction = {
  homedir: { good: [["homedir()", '"/home/nobody"']], bad: [["homedir(1)", "needs exactly 0 arguments"]] },
  byteslen: { good: [], bad: [['byteslen("abc")', "must be a byte buffer"]] },
  bytesslice: { good: [], bad: [['bytesslice("abc", 0, 1)', "must be a byte buffer"]] },
};

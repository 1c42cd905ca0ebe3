import type { CasesByFunction } from "./function-cases.ts";

export const numberCases: CasesByFunction = {
  add: {
    good: [
      ["add(1, 2.5)", "3.5"],
      ['add("4", "5")', "9"],
      ["add(0.1, 0.2)", "0.3"],
    ],
    bad: [
      ['add("x", 1)', "expected number"],
      ["add(1/0, -1/0)", "have no sum"],
    ],
  },
  subtract: { good: [["subtract(1, 3)", "-2"]], bad: [["subtract(1/0, 1/0)", "infinity less itself"]] },
  multiply: {
    good: [
      ["multiply(6, 7)", "42"],
      ["multiply(0.5, 4)", "2"],
    ],
    bad: [["multiply(0, 1/0)", "zero times infinity"]],
  },
  divide: {
    good: [
      ["divide(9, 2)", "4.5"],
      ["divide(1, 4)", "0.25"],
    ],
    bad: [["divide(0, 0)", "zero by zero"]],
  },
  modulo: {
    good: [
      ["modulo(10, 3)", "1"],
      ["modulo(-10, 3)", "-1"],
      ["modulo(10, -3)", "1"],
      ["modulo(5.5, 2)", "1.5"],
    ],
    bad: [["modulo(0, 1/0)", "zero and infinity"]],
  },
  negate: {
    good: [
      ["negate(-2.5)", "2.5"],
      ["negate(0)", "0"],
    ],
    bad: [["negate(true)", "expected number"]],
  },
  absolute: {
    good: [
      ["absolute(-3.25)", "3.25"],
      ["absolute(4)", "4"],
    ],
    bad: [["absolute([])", "expected number"]],
  },
  signum: {
    good: [
      ["signum(-12)", "-1"],
      ["signum(0)", "0"],
      ["signum(0.5)", "1"],
      ["signum(-1/0)", "-1"],
    ],
    bad: [['signum("x")', "expected number"]],
  },
  ceil: {
    good: [
      ["ceil(1.2)", "2"],
      ["ceil(-1.2)", "-1"],
      ["ceil(3)", "3"],
    ],
    bad: [["ceil()", "needs exactly 1 argument"]],
  },
  floor: {
    good: [
      ["floor(1.8)", "1"],
      ["floor(-1.2)", "-2"],
      ["floor(3)", "3"],
    ],
    bad: [["floor({})", "expected number"]],
  },
  int: {
    good: [
      ["int(-1.9)", "-1"],
      ["int(1.9)", "1"],
      ["int(12345678901234567890.5)", "12345678901234567890"],
      ["int(-0.5)", "0"],
    ],
    bad: [['int("1x")', "expected number"]],
  },
  min: {
    good: [
      ["min(3, 1, 2)", "1"],
      ["min([3, 2]...)", "2"],
    ],
    bad: [["min()", "min: at least one number is needed"]],
  },
  max: {
    good: [
      ["max(3, 1, 2)", "3"],
      ["max(-1, -2.5)", "-1"],
      ['max("10", 9)', "10"],
    ],
    bad: [
      ["max()", "at least one number"],
      ['max(1, "x")', "expected number"],
    ],
  },
  pow: {
    good: [
      ["pow(2, 10)", "1024"],
      ["pow(9, 0.5)", "3"],
      ["pow(2, -1)", "0.5"],
      ["pow(0, 0)", "1"],
      ["pow(10, 20)", "100000000000000000000"],
      ["pow(1, 1/0)", "1"],
      ["pow(-1, 1/0)", "1"],
      ["pow(-2, 3)", "-8"],
      ["pow(10, -3)", "0.001"],
      ["pow(2.5, 3)", "15.625"],
      ["pow(8, 1.5)", "22.62741699796952"],
      ["pow(2, 1023) / pow(2, 1022)", "2"],
      ["pow(2, -1074) > 0", "true"],
      ["pow(0, -1) == 1/0", "true"],
      ["pow(10, 400) == 1/0", "true"],
    ],
    bad: [["pow(-8, 0.5)", "no power with a fraction"]],
  },
  log: {
    good: [
      ["log(100, 10)", "2"],
      ["log(1000, 10)", "2.9999999999999996"],
      ["log(1, 10)", "0"],
      ["log(0, 10) == -1/0", "true"],
    ],
    bad: [
      ["log(-1, 10)", "there is no such logarithm"],
      ["log(1, 1)", "there is no such logarithm"],
    ],
  },
  parseint: {
    good: [
      ['parseint("FF", 16)', "255"],
      ['parseint("-12", 10)', "-12"],
      ['parseint("+7", 8)', "7"],
      ['parseint("zZ", 62)', "2231"],
      ['parseint("Z", 36)', "35"],
      ['parseint("123456789012345678901234567890", 10)', "123456789012345678901234567890"],
      ['parseint("007", 10)', "7"],
    ],
    bad: [
      ['parseint("12a", 10)', '"12a" is not a whole number in base 10'],
      ['parseint("", 10)', "is not a whole number"],
      ['parseint("-", 10)', "is not a whole number"],
      ['parseint("1_0", 10)', "is not a whole number"],
      ["parseint(12, 10)", "must be a string"],
      ['parseint("1", 63)', '"base" of parseint: must be between 2 and 62, but is 63'],
      ['parseint("1", 1)', "must be between 2 and 62"],
    ],
  },
  range: {
    good: [
      ["range(4)", "[0,1,2,3]"],
      ["range(2, 5)", "[2,3,4]"],
      ["range(0, 10, 3)", "[0,3,6,9]"],
      ["range(5, 2)", "[5,4,3]"],
      ["range(-3)", "[0,-1,-2]"],
      ["range(0)", "[]"],
      ["range(1, 2, 0.25)", "[1,1.25,1.5,1.75]"],
      ["range(3, 3, -1)", "[]"],
      ["length(range(1024))", "1024"],
    ],
    bad: [
      ["range(5, 1, 1)", "the end is less than the start"],
      ["range(1, 5, -1)", "the end is greater than the start"],
      ["range(0, 1, 0)", "the step must not be zero"],
      ["range(1025)", "more than 1024 values"],
      ["range(1/0)", "more than 1024 values"],
      ["range(-1/0, 0)", "more than 1024 values"],
      ["range()", "one, two or three numbers are needed, not 0"],
      ["range(1, 2, 3, 4)", "not 4"],
    ],
  },
  greaterthan: {
    good: [
      ["greaterthan(2, 1)", "true"],
      ["greaterthan(2, 2)", "false"],
    ],
    bad: [['greaterthan("a", 1)', "expected number"]],
  },
  greaterthanorequalto: {
    good: [["greaterthanorequalto(2, 2)", "true"]],
    bad: [["greaterthanorequalto(1)", "needs exactly 2 arguments"]],
  },
  lessthan: {
    good: [
      ['lessthan("9", "10")', "true"],
      ["lessthan(2, 1)", "false"],
    ],
    bad: [["lessthan(null, 1)", "must not be null"]],
  },
  lessthanorequalto: {
    good: [
      ["lessthanorequalto(1, 2)", "true"],
      ["lessthanorequalto(1/0, 1/0)", "true"],
    ],
    bad: [["lessthanorequalto(1, true)", "expected number"]],
  },
};

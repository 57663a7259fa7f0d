/**
 * `convert_…`: units of measure, each as its size in one base unit. Sizes are those of the International System of Units
 * (BIPM brochure, 9th edition) and of NIST Special Publication 811, appendix B; names are those of Microsoft's pages.
 */
import { type NativeFunction } from "../functions/function.js";
import { define } from "./define.js";

type Units = Readonly<Record<string, number>>;

const prefixes = {
  Nano: 1e-9,
  Micro: 1e-6,
  Milli: 1e-3,
  Centi: 1e-2,
  Deci: 1e-1,
  Deca: 10,
  Hecto: 100,
  Kilo: 1e3,
  Mega: 1e6,
  Giga: 1e9,
  Tera: 1e12,
} as const;

/** `unit` itself and with prefixes: `Kilo` + `meter`. */
function prefixed(unit: string, size: number, ...names: readonly (keyof typeof prefixes)[]): Units {
  const plain = unit.charAt(0).toUpperCase() + unit.slice(1);
  return Object.fromEntries([
    [plain, size],
    ...names.map((name): [string, number] => [name + unit, size * prefixes[name]]),
  ]);
}

const foot = 0.3048;
const inch = foot / 12;
const mile = 5280 * foot;
const pound = 0.453_592_37;
const gravity = 9.806_65;
const degree = Math.PI / 180;
const lightYear = 9.460_730_472_580_8e15;
const parsec = (149_597_870_700 * 648_000) / Math.PI;
const usGallon = 231 * inch ** 3;
const imperialGallon = 0.004_546_09;
const surveyFoot = 1200 / 3937;
/** International Table calorie and British thermal unit. */
const calorie = 4.184;
const thermalUnit = 1055.055_852_62;

const angle: Units = {
  ...prefixed("radian", 1, "Centi", "Deci", "Micro", "Milli", "Nano"),
  ...prefixed("degree", degree, "Micro", "Milli", "Nano"),
  Arcminute: degree / 60,
  Arcsecond: degree / 3600,
  Gradian: Math.PI / 200,
  NatoMil: Math.PI / 3200,
  Revolution: 2 * Math.PI,
};

const energy: Units = {
  ...prefixed("joule", 1, "Giga", "Kilo", "Mega", "Milli"),
  ...prefixed("wattHour", 3600, "Giga", "Kilo", "Mega", "Tera"),
  ...prefixed("wattDay", 86_400, "Giga", "Kilo", "Mega", "Tera"),
  ...prefixed("electronVolt", 1.602_176_634e-19, "Giga", "Kilo", "Mega", "Tera"),
  ...prefixed("britishThermalUnit", thermalUnit, "Giga", "Kilo", "Mega"),
  ...prefixed("calorie", calorie, "Kilo", "Mega"),
  ThermEc: 1e5 * thermalUnit,
  ThermImperial: 1e5 * 1055.059,
  ThermUs: 1.054_804e8,
  DecathermEc: 1e6 * thermalUnit,
  DecathermImperial: 1e6 * 1055.059,
  DecathermUs: 1.054_804e9,
  Erg: 1e-7,
  FootPound: foot * pound * gravity,
  HorsepowerHour: 550 * foot * pound * gravity * 3600,
};

const force: Units = {
  ...prefixed("newton", 1, "Deca", "Kilo", "Mega", "Micro", "Milli"),
  Dyn: 1e-5,
  KilogramForce: gravity,
  KiloPond: gravity,
  KilopoundForce: 1000 * pound * gravity,
  OunceForce: (pound * gravity) / 16,
  Poundal: pound * foot,
  PoundForce: pound * gravity,
  ShortTonForce: 2000 * pound * gravity,
  TonneForce: 1000 * gravity,
};

const length: Units = {
  ...prefixed("meter", 1, "Centi", "Deca", "Deci", "Hecto", "Kilo", "Micro", "Milli", "Nano"),
  ...prefixed("lightYear", lightYear, "Kilo", "Mega"),
  ...prefixed("parsec", parsec, "Kilo", "Mega"),
  Angstrom: 1e-10,
  AstronomicalUnit: 149_597_870_700,
  Chain: 66 * foot,
  DataMile: 6000 * foot,
  DtpPica: inch / 6,
  DtpPoint: inch / 72,
  Fathom: 6 * foot,
  Foot: foot,
  Hand: 4 * inch,
  Inch: inch,
  Microinch: inch * 1e-6,
  Mil: inch / 1000,
  Mile: mile,
  NauticalMile: 1852,
  PrinterPica: inch / 6.022_5,
  PrinterPoint: inch / 72.27,
  Shackle: 27.432,
  SolarRadius: 6.955_1e8,
  Twip: inch / 1440,
  UsSurveyFoot: surveyFoot,
  Yard: 3 * foot,
};

const mass: Units = {
  ...prefixed("gram", 1e-3, "Centi", "Deca", "Deci", "Hecto", "Kilo", "Micro", "Milli", "Nano"),
  ...prefixed("pound", pound, "Kilo", "Mega"),
  ...prefixed("tonne", 1000, "Kilo", "Mega"),
  EarthMass: 5.972_2e24,
  Grain: pound / 7000,
  LongHundredweight: 112 * pound,
  LongTon: 2240 * pound,
  Ounce: pound / 16,
  ShortHundredweight: 100 * pound,
  ShortTon: 2000 * pound,
  Slug: (pound * gravity) / foot,
  SolarMass: 1.989_1e30,
  Stone: 14 * pound,
};

const perTime = { PerHour: 3600, PerMinute: 60, PerSecond: 1 } as const;

const speed: Units = Object.fromEntries([
  ...[
    "Centimeter",
    "Decimeter",
    "Foot",
    "Inch",
    "Kilometer",
    "Meter",
    "Micrometer",
    "Mile",
    "Millimeter",
    "Nanometer",
    "UsSurveyFoot",
    "Yard",
  ].flatMap((unit) =>
    Object.entries(perTime).map(([per, seconds]): [string, number] => [unit + per, (length[unit] ?? NaN) / seconds]),
  ),
  ["Knot", 1852 / 3600],
]);

const volume: Units = {
  ...prefixed("liter", 1e-3, "Centi", "Deca", "Deci", "Hecto", "Kilo", "Mega", "Micro", "Milli"),
  ...prefixed("usGallon", usGallon, "Deca", "Deci", "Hecto", "Kilo", "Mega"),
  DeciusGallon: usGallon / 10,
  ...prefixed("imperialGallon", imperialGallon, "Kilo", "Mega"),
  ...prefixed("cubicMeter", 1, "Hecto", "Kilo"),
  ...prefixed("cubicFoot", foot ** 3, "Hecto", "Kilo", "Mega"),
  // the service's acre-foot is 1 / 0.000 810 714 m³
  AcreFoot: 1 / 0.000_810_714,
  AuTablespoon: 20e-6,
  BoardFoot: foot ** 3 / 12,
  CubicCentimeter: 1e-6,
  CubicDecimeter: 1e-3,
  CubicHectometer: 1e6,
  CubicInch: inch ** 3,
  CubicKilometer: 1e9,
  CubicMicrometer: 1e-18,
  CubicMile: mile ** 3,
  CubicMillimeter: 1e-9,
  CubicYard: (3 * foot) ** 3,
  ImperialBeerBarrel: 36 * imperialGallon,
  ImperialOunce: imperialGallon / 160,
  ImperialPint: imperialGallon / 8,
  MetricCup: 250e-6,
  MetricTeaspoon: 5e-6,
  OilBarrel: 42 * usGallon,
  UkTablespoon: 15e-6,
  UsBeerBarrel: 31 * usGallon,
  UsCustomaryCup: usGallon / 16,
  UsLegalCup: 240e-6,
  UsOunce: usGallon / 128,
  UsPint: usGallon / 8,
  UsQuart: usGallon / 4,
  UsTablespoon: usGallon / 256,
  UsTeaspoon: usGallon / 768,
};

/** Kelvin = (degrees + offset) × size. */
const temperature: Readonly<Record<string, readonly [size: number, offset: number]>> = {
  Kelvin: [1, 0],
  DegreeCelsius: [1, 273.15],
  MillidegreeCelsius: [1e-3, 273_150],
  DegreeDelisle: [-2 / 3, -559.725],
  DegreeFahrenheit: [5 / 9, 459.67],
  DegreeNewton: [100 / 33, 90.139_5],
  DegreeRankine: [5 / 9, 0],
  DegreeReaumur: [5 / 4, 218.52],
  DegreeRoemer: [40 / 21, 135.903_75],
  SolarTemperature: [5778, 0],
};

function converter(name: string, units: Units): NativeFunction {
  return define(name, ["real", "string", "string"], "real", (value, from, to) => {
    const [source, target] = [units[from ?? ""], units[to ?? ""]];
    return value === null || source === undefined || target === undefined ? null : (value * source) / target;
  });
}

/** Names of the functions; a unit that they do not know gives null. */
export const unitFunctions = [
  "convert_angle",
  "convert_energy",
  "convert_force",
  "convert_length",
  "convert_mass",
  "convert_speed",
  "convert_temperature",
  "convert_volume",
] as const;

export const unitNatives: readonly NativeFunction[] = [
  converter("convert_angle", angle),
  converter("convert_energy", energy),
  converter("convert_force", force),
  converter("convert_length", length),
  converter("convert_mass", mass),
  converter("convert_speed", speed),
  converter("convert_volume", volume),
  define("convert_temperature", ["real", "string", "string"], "real", (value, from, to) => {
    const [source, target] = [temperature[from ?? ""], temperature[to ?? ""]];
    if (value === null || source === undefined || target === undefined) return null;
    return ((value + source[1]) * source[0]) / target[0] - target[1];
  }),
];

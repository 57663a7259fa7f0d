import { describe, expect, test } from "vitest";
import { rowsOf, valueOf } from "./testing.js";

const square = 'dynamic({"type":"Polygon","coordinates":[[[10,10],[11,10],[11,11],[10,11],[10,10]]]})';
const beside = 'dynamic({"type":"Polygon","coordinates":[[[11,10],[12,10],[12,11],[11,11],[11,10]]]})';
const away = 'dynamic({"type":"Polygon","coordinates":[[[20,20],[21,20],[21,21],[20,21],[20,20]]]})';
const none = { type: "GeometryCollection", geometries: [] };

describe("shapes on the sphere", () => {
  test.each([
    {
      title: "the antipode of a polygon is not inside it",
      expression: `geo_point_in_polygon(-169.5, -10.5, ${square})`,
      expected: false,
    },
    {
      title: "areas that share a side intersect in that side",
      expression: `geo_intersection_2polygons(${square}, ${beside}).type`,
      expected: "LineString",
    },
    {
      title: "areas apart intersect in nothing",
      expression: `geo_intersection_2polygons(${square}, ${away})`,
      expected: none,
    },
    {
      title: "a union of areas apart keeps both",
      expression: `array_length(geo_union_polygons_array(pack_array(${square}, ${away})).coordinates)`,
      expected: 2,
    },
    {
      title: "several polygons are measured by what they cover together",
      expression: `toint(geo_polygon_area(bag_pack("type", "MultiPolygon", "coordinates", dynamic([[[[10,10],[11,10],[11,11],[10,11],[10,10]]],[[[10,10],[11,10],[11,11],[10,11],[10,10]]]]))) / geo_polygon_area(${square}) * 1000 + 0.5)`,
      expected: 1000,
    },
    {
      title: "a buffer holds what is within its radius",
      expression: "geo_point_in_polygon(10.0, 50.0089, geo_point_buffer(10, 50, 1000))",
      expected: true,
    },
    {
      title: "and nothing beyond it",
      expression: "geo_point_in_polygon(10.0, 50.0091, geo_point_buffer(10, 50, 1000))",
      expected: false,
    },
    {
      title: "a line's buffer reaches around its ends",
      expression:
        'geo_point_in_polygon(9.9999, 50, geo_line_buffer(dynamic({"type":"LineString","coordinates":[[10,50],[10.1,50]]}), 100))',
      expected: true,
    },
    { title: "a radius of zero makes no buffer", expression: "isnull(geo_point_buffer(10, 50, 0))", expected: true },
    { title: "text that is no WKT is null", expression: 'isnull(geo_from_wkt("POINT (1)"))', expected: true },
    { title: "a token that is no cell is null", expression: 'isnull(geo_s2cell_to_polygon("0"))', expected: true },
    {
      title: "a point lies in its own cell",
      expression: "geo_point_in_polygon(14.42, 50.08, geo_s2cell_to_polygon(geo_point_to_s2cell(14.42, 50.08, 12)))",
      expected: true,
    },
    {
      title: "a covering has the cells of the shape's points",
      expression: `set_has_element(geo_polygon_to_s2cells(${square}, 6), geo_point_to_s2cell(10.5, 10.5, 6))`,
      expected: true,
    },
  ])("$title", async ({ expression, expected }) => {
    expect(await valueOf(expression)).toEqual(expected);
  });
});

describe("lookups by place", () => {
  const polygons = `datatable(id: string, x: real, shape: dynamic)["a", 1.0, ${square}]`;
  const places = 'datatable(name: string, x: real, y: real)["in", 10.5, 10.5, "near", 11.001, 10.5, "far", 50.0, 10.5]';
  test.each([
    { title: "inside only", options: "", expected: ["in"] },
    { title: "within a radius", options: ", radius = 1000", expected: ["in", "near"] },
    { title: "and what matches nothing", options: ", return_unmatched = true", expected: ["far", "in", "near"] },
  ])("polygons: $title", async ({ options, expected }) => {
    const query = `let P = ${polygons}; ${places} | evaluate geo_polygon_lookup(P, shape, x, y${options}) | project name | sort by name asc`;
    expect((await rowsOf(query)).flat()).toEqual(expected);
  });
});

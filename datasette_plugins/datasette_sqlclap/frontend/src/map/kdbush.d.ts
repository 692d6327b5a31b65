/** The index that regl-scatterplot has inside, which has no types. */
declare module "*/kdbush-class.js" {
  interface Index {
    readonly data: ArrayBuffer;
    add(x: number, y: number): number;
    finish(): this;
    range(left: number, bottom: number, right: number, top: number): number[];
  }
  export default function createKDBushClass(): {
    new (count: number, nodeSize: number, kind: Float32ArrayConstructor): Index;
    from(data: ArrayBuffer): Index;
  };
}

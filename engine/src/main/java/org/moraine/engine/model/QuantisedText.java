package org.moraine.engine.model;

import java.util.ArrayList;
import java.util.List;
import org.moraine.contracts.Projection;
import org.moraine.contracts.Quantisation;

/**
 * The program text of frozen matrices in fewer bits: how they are made of wide ones, where they lie among a program's
 * weights, and how they are made wide again where they are multiplied.
 *
 * <p>A quantised matrix's codes stand in the matrix's place. Behind all weights of {@link WeightName#all} stand, for
 * NF4, the table of value pairs (256 x 2) and that of the scales' values (256), and then what belongs to each matrix,
 * layer by layer: for int8 its scales (out); for NF4 the codes of its blocks' scales, the scales of those, and their
 * mean.
 */
final class QuantisedText {

    /** Rows up to which int8 codes are multiplied as they are, where reading them is what takes the time. */
    private static final int FEW = 16;

    /** Numbers of a matrix that are on their way from codes to the type computed in at one time. */
    static final int WIDE = 1 << 20;

    /** The same on a GPU, where each operation costs more than memory does. */
    private static final int GPU_WIDE = 1 << 24;

    private static final int UNSIGNED = 0;
    private static final int SIGNED = 1;
    private static final int FLOAT = 6;

    /** Rows of a whole matrix that are wide at one time. */
    private static final int ROWS = 1024;

    private final ModelConfig config;
    private final Quantisation quantisation;

    QuantisedText(ModelConfig config) {
        this.config = config;
        this.quantisation = config.architecture().quantisation();
    }

    /** Methods that quantise, piece by piece, for a program of its own. */
    static String quantising(String className) {
        return """
                  def int8(self: __torch__.CLASS, x: Tensor, codes: Tensor, scale: Tensor):
                    s = torch.amax(torch.abs(x), [1]) / 127.
                    scale.copy_(s)
                    codes.copy_(torch.round(x / torch.clamp(s, 1.0e-30).unsqueeze(1)))
                  def blocks(self: __torch__.CLASS, x: Tensor, size: int) -> Tuple[Tensor, Tensor]:
                    b = torch.constant_pad_nd(x, [0, (size - x.size(0) % size) % size]).view([-1, size])
                    largest = torch.amax(torch.abs(b), [1])
                    return (b / torch.clamp(largest, 1.0e-30).unsqueeze(1), largest)
                  def nf4(self: __torch__.CLASS, x: Tensor, codes: Tensor, largest: Tensor):
                    unit, l = self.blocks(x, BLOCK)
                    largest.copy_(l)
                    pairs = torch.bucketize(unit, LIMITS, out_int32=True).view([-1, 2])
                    codes.copy_(torch.select(pairs, 1, 0) * 16 + torch.select(pairs, 1, 1))
                  def scales(self: __torch__.CLASS, largest: Tensor, codes: Tensor, scale: Tensor, mean: Tensor):
                    mean.copy_(torch.mean(largest))
                    unit, s = self.blocks(largest - mean, SCALES)
                    scale.copy_(s)
                    c = torch.bucketize(unit, DYNAMIC, out_int32=True).view([-1])
                    codes.copy_(torch.slice(c, 0, 0, largest.size(0)))
                  def tables(self: __torch__.CLASS, token: Tensor) -> List[Tensor]:
                    v = VALUES
                    high = torch.repeat_interleave(v, 16)
                    return [torch.stack([high, v.repeat([16])], 1), SCALE_VALUES]
                """.replace("CLASS", className)
                .replace("BLOCK", Integer.toString(NormalFloat.BLOCK))
                .replace("SCALE_VALUES", NormalFloat.tensor(NormalFloat.dynamicValues(), "token.device"))
                .replace("SCALES", Integer.toString(NormalFloat.SCALE_BLOCK))
                .replace("VALUES", NormalFloat.tensor(NormalFloat.VALUES, "token.device"))
                .replace("LIMITS", NormalFloat.tensor(NormalFloat.limits(NormalFloat.VALUES), "x.device"))
                .replace(
                        "DYNAMIC",
                        NormalFloat.tensor(NormalFloat.limits(NormalFloat.dynamicValues()), "largest.device"));
    }

    /** The expression of what holds one matrix's codes and what belongs to them, not yet filled. */
    String room(List<Long> shape) {
        long rows = shape.get(0);
        long columns = shape.get(1);
        long blocks = (Math.multiplyExact(rows, columns) + NormalFloat.BLOCK - 1) / NormalFloat.BLOCK;
        long groups = (blocks + NormalFloat.SCALE_BLOCK - 1) / NormalFloat.SCALE_BLOCK;
        return quantisation == Quantisation.INT8
                ? "[" + empty(rows + ", " + columns, SIGNED) + ", " + empty(rows, FLOAT) + "]"
                : "[" + empty(blocks * (NormalFloat.BLOCK / 2), UNSIGNED) + ", " + empty(blocks, UNSIGNED) + ", "
                        + empty(groups, FLOAT) + ", " + empty(1, FLOAT) + "]";
    }

    private static String empty(Object sizes, int type) {
        return "torch.empty([" + sizes + "], dtype=" + type + ", device=token.device)";
    }

    /**
     * Lines that quantise one matrix of {@code count} numbers into its {@code room}.
     *
     * @param piece the lines that set {@code x} to the numbers from {@code lo} up to {@code hi} of the matrix, row-major
     * @param about how many numbers are wide at a time
     */
    String reduction(String piece, int about) {
        String text = quantisation == Quantisation.INT8
                ? """
                    codes, scale = room
                    rows = codes.size(0)
                    columns = codes.size(1)
                    some = max(1, ABOUT // columns)
                    for c in range((rows + some - 1) // some):
                      first = c * some
                      last = min(first + some, rows)
                      lo = first * columns
                      hi = last * columns
                PIECE      self.int8(x.view([-1, columns]), torch.slice(codes, 0, first, last), torch.slice(scale, 0, first, last))
                """
                : """
                    codes, scale_codes, scale, mean = room
                    blocks = scale_codes.size(0)
                    largest = torch.empty([blocks], dtype=6, device=token.device)
                    some = max(1, ABOUT // BLOCK)
                    for c in range((blocks + some - 1) // some):
                      first = c * some
                      last = min(first + some, blocks)
                      lo = first * BLOCK
                      hi = min(last * BLOCK, count)
                PIECE      self.nf4(x, torch.slice(codes, 0, first * HALF_BLOCK, last * HALF_BLOCK), torch.slice(largest, 0, first, last))
                    self.scales(largest, scale_codes, scale, mean)
                """.replace("HALF_BLOCK", Integer.toString(NormalFloat.BLOCK / 2))
                        .replace("BLOCK", Integer.toString(NormalFloat.BLOCK));
        return text.replace("PIECE", piece).replace("ABOUT", Integer.toString(about));
    }

    /**
     * Methods of the decoder: {@code wide(self, w, m, e, out, in)} makes the matrix (out x in) in the type computed in
     * from the codes at {@code w[m]} and what stands from {@code w[e]} on; {@code frozen(self, x, w, m, e, out, in)}
     * multiplies rows x (n x in) by it, to (n x out).
     */
    String text() {
        return text("(" + GPU_WIDE + " if out.is_cuda else " + WIDE + ")");
    }

    /** @param some the expression of how many numbers are on their way at one time, as many as a block of scales has or more */
    String text(String some) {
        String text = switch (quantisation) {
            case NONE -> "";
            case INT8 ->
                """
                      def wide(self: __torch__.Decoder, w: List[Tensor], m: int, e: int, rows: int, columns: int) -> Tensor:
                        out = torch.empty([rows, columns], dtype=w[0].dtype, device=w[m].device)
                        some = max(1, SOME // columns)
                        for c in range((rows + some - 1) // some):
                          lo = c * some
                          hi = min(lo + some, rows)
                          scale = torch.slice(w[e], 0, lo, hi).unsqueeze(1)
                          torch.slice(out, 0, lo, hi).copy_(torch.mul(torch.slice(w[m], 0, lo, hi), scale))
                        return out
                      def frozen(self: __torch__.Decoder, x: Tensor, w: List[Tensor], m: int, e: int, rows: int, columns: int) -> Tensor:
                        return PRODUCT
                    """.replace(
                        "PRODUCT", product("x", "w[m]", "w[e]", "torch.linear(x, self.wide(w, m, e, rows, columns))"));
            case NF4 ->
                """
                      def wide(self: __torch__.Decoder, w: List[Tensor], m: int, e: int, rows: int, columns: int) -> Tensor:
                        blocks = w[e].size(0)
                        out = torch.empty([blocks, BLOCK], dtype=w[0].dtype, device=w[m].device)
                        pairs = w[PAIRS].to(out.device)
                        map = w[MAP].to(out.device)
                        some = SOME // (BLOCK * SCALES) * SCALES
                        for c in range((blocks + some - 1) // some):
                          lo = c * some
                          hi = min(lo + some, blocks)
                          codes = torch.slice(w[m], 0, lo * HALF_BLOCK, hi * HALF_BLOCK).to(3)
                          outer = torch.slice(w[e + 1], 0, lo // SCALES, (hi + SCALES - 1) // SCALES)
                          outer = torch.slice(torch.repeat_interleave(outer, SCALES), 0, 0, hi - lo)
                          inner = torch.index_select(map, 0, torch.slice(w[e], 0, lo, hi).to(3))
                          scale = inner.mul_(outer).add_(w[e + 2]).unsqueeze(1)
                          values = torch.embedding(pairs, codes).view([-1, BLOCK])
                          torch.slice(out, 0, lo, hi).copy_(torch.mul(values, scale))
                        return torch.slice(out.view([-1]), 0, 0, rows * columns).view([rows, columns])
                      def frozen(self: __torch__.Decoder, x: Tensor, w: List[Tensor], m: int, e: int, rows: int, columns: int) -> Tensor:
                        return torch.linear(x, self.wide(w, m, e, rows, columns))
                    """.replace("PAIRS", Integer.toString(published()))
                        .replace("MAP", Integer.toString(published() + 1))
                        .replace("HALF_BLOCK", Integer.toString(NormalFloat.BLOCK / 2))
                        .replace("BLOCK", Integer.toString(NormalFloat.BLOCK))
                        .replace("SCALES", Integer.toString(NormalFloat.SCALE_BLOCK));
        };
        return text.replace("SOME", some);
    }

    /** The expression of x, rows x (n x in), times int8 codes (out x in), or another that is better for many rows. */
    static String product(String x, String codes, String scale, String other) {
        return "(torch._weight_int8pack_mm(" + x + ".contiguous(), " + codes + ", " + scale + ".to(" + x
                + ".dtype)) if " + x + ".size(0) <= " + FEW + " and " + x + ".is_cpu else " + other + ")";
    }

    /** The program text of one method {@code forward(self, w)}: the codes and the scales of a matrix in int8. */
    static String wholeMatrix(String className) {
        return quantising(className) + """
                  def forward(self: __torch__.CLASS, w: Tensor) -> List[Tensor]:
                    codes = torch.empty([w.size(0), w.size(1)], dtype=1, device=w.device)
                    scale = torch.empty([w.size(0)], dtype=6, device=w.device)
                    for c in range((w.size(0) + ROWS - 1) // ROWS):
                      lo = c * ROWS
                      hi = min(lo + ROWS, w.size(0))
                      self.int8(torch.slice(w, 0, lo, hi).to(6), torch.slice(codes, 0, lo, hi), torch.slice(scale, 0, lo, hi))
                    return [codes, scale]
                """.replace("CLASS", className).replace("ROWS", Integer.toString(ROWS));
    }

    /** The arguments {@code w, m, e, out, in} of those methods, in the text of layer {@code i} with its first weight j. */
    String place(Projection projection) {
        int perLayer = Projection.values().length * perMatrix();
        int first = published() + (quantisation == Quantisation.NF4 ? 2 : 0) + projection.ordinal() * perMatrix();
        return "w, j + " + WeightName.inLayer(config, WeightName.matrix(projection)) + ", " + first + " + i * "
                + perLayer + ", " + config.out(projection) + ", " + config.in(projection);
    }

    /** How many tensors belong to a matrix's codes. */
    int perMatrix() {
        return quantisation == Quantisation.INT8 ? 1 : 3;
    }

    private int published() {
        return WeightName.beforeLayers(config)
                + config.layers() * WeightName.layer(config).size();
    }

    /** Which of {@link WeightName#all} are quantised. */
    List<Boolean> quantised() {
        List<String> matrices = new ArrayList<>();
        if (quantisation != Quantisation.NONE) {
            for (Projection projection : Projection.values()) {
                matrices.add("." + WeightName.matrix(projection));
            }
        }
        return WeightName.all(config).stream()
                .map(weight -> matrices.stream().anyMatch(weight.name()::endsWith))
                .toList();
    }
}

package org.moraine.engine.model;

import ai.djl.Device;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.moraine.engine.safetensors.DType;
import org.moraine.engine.safetensors.TensorHeader;

/**
 * The program text that brings weights into native memory. A weight of the type computed in, on a CPU, is a view of its
 * mapped file. Any other is converted piece by piece: a method maps the file, reads the pages of one piece, and lets the
 * mapping go, and with it the pages. There is one such method for all weights of a file, since a compiled method takes
 * half a megabyte, and what holds the matrices in fewer bits is made before the first piece is read: made between
 * pieces, libtorch's freed ones would lie between them for good.
 */
final class LoadText {

    static final String CLASS = "Load";

    /** The method that returns all views of mapped files, in order. */
    static final String MAPPED = "mapped";

    private static final int BYTE = 0;
    private static final int PIECE = 1 << 22;
    private static final int SMALL_PIECE = 1 << 16;

    /** The lines that read what {@link #place} says. */
    private static final String PLACE = """
                begin = int(torch.select(place, 0, 0))
                shape = annotate(List[int], [])
                count = 1
                for n in range(1, place.size(0)):
                  size = int(torch.select(place, 0, n))
                  shape.append(size)
                  count = count * size
            """;

    private final List<ModelFolder.Place> places;
    private final QuantisedText reduced;
    private final List<Boolean> quantised;
    private final DType dtype;
    private final LayerSpread spread;
    private final Device device;

    /** The numbers of the mapped files, by the text that maps them. */
    private final Map<String, Integer> files = new LinkedHashMap<>();

    /**
     * Describes a program.
     *
     * @param reduced which matrices are wanted in fewer bits, and how
     * @param device the first of those that the weights are spread over
     */
    LoadText(List<ModelFolder.Place> places, QuantisedText reduced, DType dtype, LayerSpread spread, Device device) {
        this.places = List.copyOf(places);
        this.reduced = reduced;
        this.quantised = reduced.quantised();
        this.dtype = dtype;
        this.spread = spread;
        this.device = device;
        places.forEach(place -> files.putIfAbsent(mapping(place), files.size()));
    }

    /** The method that returns what holds all matrices in fewer bits of a device, in order, not yet filled. */
    static String room(int device) {
        return "room" + device;
    }

    /**
     * The method that returns weight {@code i}, which is no view, or fills its part of the {@link #room}. It takes the
     * {@link #place}, and that part.
     */
    String converting(int i) {
        return (reduces(i) ? "reduced" : "converted") + files.get(mapping(places.get(i)));
    }

    /** Where weight {@code i} begins in its mapped file, in its numbers or in bytes, and its shape. */
    long[] place(int i) {
        TensorHeader tensor = places.get(i).tensor();
        return LongStream.concat(
                        LongStream.of(begin(tensor)), tensor.shape().stream().mapToLong(Long::longValue))
                .toArray();
    }

    /** Whether weight {@code i} is held in fewer bits. */
    boolean reduces(int i) {
        return quantised.get(i);
    }

    /** Whether any weight is held in fewer bits. */
    boolean reducesAny() {
        return quantised.contains(true);
    }

    /**
     * Whether weight {@code i} is a view of its mapped file. A row among matrices in fewer bits is none: its page would
     * bring their wide pages along.
     */
    boolean maps(int i) {
        TensorHeader tensor = places.get(i).tensor();
        boolean alone = reducesAny() && tensor.shape().size() == 1;
        return !device.isGpu() && tensor.dtype() == dtype && aligned(tensor) && !reduces(i) && !alone;
    }

    /** Whether weights {@code i} and {@code next} are views that touch, in this order. */
    boolean touch(int i, int next) {
        return maps(i)
                && maps(next)
                && mapping(places.get(i)).equals(mapping(places.get(next)))
                && begin(places.get(i).tensor()) + places.get(i).tensor().elements()
                        == begin(places.get(next).tensor());
    }

    /** Whether any weight is a view. */
    boolean mapsAny() {
        return IntStream.range(0, places.size()).anyMatch(this::maps);
    }

    private static boolean aligned(TensorHeader tensor) {
        return tensor.offset() % tensor.dtype().bytes() == 0;
    }

    private static long begin(TensorHeader tensor) {
        return aligned(tensor) ? tensor.offset() / tensor.dtype().bytes() : tensor.offset();
    }

    String text() {
        StringBuilder text = new StringBuilder(QuantisedText.quantising(CLASS));
        if (mapsAny()) {
            text.append(views());
        }
        for (int number = 0; reducesAny() && number < spread.devices(); number++) {
            text.append(roomOn(number));
        }
        Set<String> written = new HashSet<>();
        for (int i = 0; i < places.size(); i++) {
            if (!maps(i) && written.add(converting(i))) {
                text.append(reduces(i) ? reduction(i) : conversion(i));
            }
        }
        return text.toString();
    }

    private static String signature(String name, String more, String result) {
        return "  def " + name + "(self: __torch__." + CLASS + ", token: Tensor" + more + ") -> " + result + ":\n";
    }

    private String views() {
        StringBuilder text = new StringBuilder(signature(MAPPED, "", "List[Tensor]"));
        files.forEach((mapping, number) -> text.append("    f" + number + " = " + mapping + "\n"));
        text.append("    out = annotate(List[Tensor], [])\n");
        for (int i = 0; i < places.size(); i++) {
            if (maps(i)) {
                TensorHeader tensor = places.get(i).tensor();
                long begin = begin(tensor);
                text.append("    out.append(torch.slice(f" + files.get(mapping(places.get(i))) + ", 0, " + begin + ", "
                        + (begin + tensor.elements()) + ").view(" + tensor.shape() + "))\n");
            }
        }
        return text.append("    return out\n").toString();
    }

    private String roomOn(int number) {
        StringBuilder text = new StringBuilder(signature(room(number), "", "List[Tensor]"));
        text.append("    out = annotate(List[Tensor], [])\n");
        for (int i = 0; i < places.size(); i++) {
            if (reduces(i) && spread.of(places.get(i).tensor().name()) == number) {
                text.append(
                        "    out.extend(" + reduced.room(places.get(i).tensor().shape()) + ")\n");
            }
        }
        return text.append("    return out\n").toString();
    }

    /** The whole file as one row of numbers, or of bytes where the weight does not begin on a multiple of its size. */
    private static String mapping(ModelFolder.Place place) {
        TensorHeader tensor = place.tensor();
        int bytes = aligned(tensor) ? tensor.dtype().bytes() : 1;
        return "torch.from_file(" + quoted(place.file().path().toAbsolutePath().toString()) + ", False, "
                + place.file().size() / bytes + ", dtype="
                + (aligned(tensor) ? tensor.dtype().torchCode() : BYTE) + ")";
    }

    private String reduction(int i) {
        ModelFolder.Place place = places.get(i);
        String piece =
                "      f = " + mapping(place) + "\n      x = " + piece(place.tensor()) + ".to(token.device, 6)\n";
        return signature(converting(i), ", place: Tensor, room: List[Tensor]", "List[Tensor]")
                + PLACE
                + reduced.reduction(piece, SMALL_PIECE)
                + "    return room\n";
    }

    private String conversion(int i) {
        ModelFolder.Place place = places.get(i);
        return signature(converting(i), ", place: Tensor", "Tensor")
                + PLACE
                + """
                    out = torch.empty([count], dtype=WANTED, device=token.device)
                    for c in range((count + PIECE - 1) // PIECE):
                      lo = c * PIECE
                      hi = min(lo + PIECE, count)
                      f = MAP
                      torch.slice(out, 0, lo, hi).copy_(SLICE)
                    return out.view(shape)
                """.replace("SLICE", piece(place.tensor()))
                        .replace("WANTED", Integer.toString(dtype.torchCode()))
                        .replace("PIECE", Integer.toString(PIECE))
                        .replace("MAP", mapping(place));
    }

    /** The expression of a weight's numbers from {@code lo} up to {@code hi} in its mapped file {@code f}. */
    private static String piece(TensorHeader tensor) {
        int bytes = tensor.dtype().bytes();
        return aligned(tensor)
                ? "torch.slice(f, 0, begin + lo, begin + hi)"
                : "torch.view_copy(torch.clone(torch.slice(f, 0, begin + " + bytes + " * lo, begin + " + bytes
                        + " * hi)), dtype=" + tensor.dtype().torchCode() + ")";
    }

    /** A string literal of the program's language; the path comes from outside. */
    private static String quoted(String path) {
        StringBuilder quoted = new StringBuilder("\"");
        for (byte b : path.getBytes(StandardCharsets.UTF_8)) {
            if (b >= ' ' && b < 127 && b != '"' && b != '\\') {
                quoted.append((char) b);
            } else {
                quoted.append(String.format("\\%03o", b & 0xff));
            }
        }
        return quoted.append('"').toString();
    }
}

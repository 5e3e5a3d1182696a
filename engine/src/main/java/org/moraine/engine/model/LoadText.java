package org.moraine.engine.model;

import ai.djl.Device;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.moraine.engine.safetensors.DType;
import org.moraine.engine.safetensors.TensorHeader;

/**
 * The program text that brings weights into native memory. A weight of the type computed in, on a CPU, is a view of its
 * mapped file. Any other is converted by a method of its own, piece by piece: it maps the file, reads the pages of one
 * piece, and lets the mapping go, and with it the pages.
 */
final class LoadText {

    static final String CLASS = "Load";

    /** The method that returns all views of mapped files, in order. */
    static final String MAPPED = "mapped";

    private static final int BYTE = 0;
    private static final int PIECE = 1 << 22;
    private static final int SMALL_PIECE = 1 << 16;

    private final List<ModelFolder.Place> places;
    private final QuantisedText reduced;
    private final List<Boolean> quantised;
    private final DType dtype;
    private final Device device;

    /** @param reduced which matrices are wanted in fewer bits, and how */
    LoadText(List<ModelFolder.Place> places, QuantisedText reduced, DType dtype, Device device) {
        this.places = List.copyOf(places);
        this.reduced = reduced;
        this.quantised = reduced.quantised();
        this.dtype = dtype;
        this.device = device;
    }

    /** The method that returns weight {@code i}, which is no view: alone, or its codes and what belongs to them. */
    static String converted(int i) {
        return "converted" + i;
    }

    /** Whether weight {@code i} is a view of its mapped file. */
    boolean maps(int i) {
        TensorHeader tensor = places.get(i).tensor();
        return !device.isGpu() && tensor.dtype() == dtype && aligned(tensor) && !quantised.get(i);
    }

    /** Whether any weight is a view. */
    boolean mapsAny() {
        for (int i = 0; i < places.size(); i++) {
            if (maps(i)) {
                return true;
            }
        }
        return false;
    }

    private static boolean aligned(TensorHeader tensor) {
        return tensor.offset() % tensor.dtype().bytes() == 0;
    }

    String text() {
        StringBuilder text = new StringBuilder(QuantisedText.quantising(CLASS));
        Map<String, String> maps = new LinkedHashMap<>();
        List<String> views = new ArrayList<>();
        for (int i = 0; i < places.size(); i++) {
            ModelFolder.Place place = places.get(i);
            if (maps(i)) {
                String map = maps.computeIfAbsent(mapping(place), key -> "f" + maps.size());
                views.add(view(map, place.tensor()));
            } else {
                text.append(quantised.get(i) ? reduction(converted(i), place) : conversion(converted(i), place));
            }
        }
        if (!views.isEmpty()) {
            text.append(signature(MAPPED, "List[Tensor]"));
            maps.forEach((mapping, name) -> text.append("    " + name + " = " + mapping + "\n"));
            text.append("    out = annotate(List[Tensor], [])\n");
            views.forEach(view -> text.append("    out.append(" + view + ")\n"));
            text.append("    return out\n");
        }
        return text.toString();
    }

    private static String signature(String name, String result) {
        return "  def " + name + "(self: __torch__." + CLASS + ", token: Tensor) -> " + result + ":\n";
    }

    /** The whole file as one row of numbers, or of bytes where the weight does not begin on a multiple of its size. */
    private static String mapping(ModelFolder.Place place) {
        TensorHeader tensor = place.tensor();
        int bytes = aligned(tensor) ? tensor.dtype().bytes() : 1;
        return "torch.from_file(" + quoted(place.file().path().toAbsolutePath().toString()) + ", False, "
                + place.file().size() / bytes + ", dtype="
                + (aligned(tensor) ? tensor.dtype().torchCode() : BYTE) + ")";
    }

    private static String view(String map, TensorHeader tensor) {
        long begin = tensor.offset() / tensor.dtype().bytes();
        return "torch.slice(" + map + ", 0, " + begin + ", " + (begin + tensor.elements()) + ").view(" + tensor.shape()
                + ")";
    }

    private String reduction(String name, ModelFolder.Place place) {
        String piece =
                "      f = " + mapping(place) + "\n      x = " + piece(place.tensor()) + ".to(token.device, 6)\n";
        return signature(name, "List[Tensor]")
                + reduced.reduction(piece, place.tensor().shape(), SMALL_PIECE);
    }

    private String conversion(String name, ModelFolder.Place place) {
        TensorHeader tensor = place.tensor();
        return signature(name, "Tensor")
                + """
                    out = torch.empty([COUNT], dtype=WANTED, device=token.device)
                    for c in range((COUNT + PIECE - 1) // PIECE):
                      lo = c * PIECE
                      hi = min(lo + PIECE, COUNT)
                      f = MAP
                      torch.slice(out, 0, lo, hi).copy_(SLICE)
                    return out.view(SHAPE)
                """.replace("SLICE", piece(tensor))
                        .replace("COUNT", Long.toString(tensor.elements()))
                        .replace("WANTED", Integer.toString(dtype.torchCode()))
                        .replace("PIECE", Integer.toString(PIECE))
                        .replace("SHAPE", tensor.shape().toString())
                        .replace("MAP", mapping(place));
    }

    /** The expression of a weight's numbers from {@code lo} up to {@code hi} in its mapped file {@code f}. */
    private static String piece(TensorHeader tensor) {
        int bytes = tensor.dtype().bytes();
        if (aligned(tensor)) {
            long begin = tensor.offset() / bytes;
            return "torch.slice(f, 0, " + begin + " + lo, " + begin + " + hi)";
        }
        String raw = "torch.slice(f, 0, " + tensor.offset() + " + " + bytes + " * lo, " + tensor.offset() + " + "
                + bytes + " * hi)";
        return "torch.view_copy(torch.clone(" + raw + "), dtype="
                + tensor.dtype().torchCode() + ")";
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

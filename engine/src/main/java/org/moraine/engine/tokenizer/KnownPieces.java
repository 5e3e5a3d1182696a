package org.moraine.engine.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.Refused;

/**
 * Encodes a text piece by piece and keeps the ids of pieces that come again, which is many times faster than the library
 * on a whole text. Exact for tokenizers whose patterns cut every text before a space between a printed sign and a letter,
 * and behind a single line end between the same (all of ASCII): byte-level BPE, whose merges stay within what is cut out.
 * Tokens such as {@code <|im_end|>} are cut out before all patterns, and so they are here.
 * Safe for use by several threads.
 */
final class KnownPieces {

    private static final int MOST = 1 << 18;
    private static final Set<String> CUTTING = Set.of("Split", "ByteLevel", "Digits");
    private static final String[] PROBES = {
        "",
        "a",
        "One two, three.\nFour (five) 6 seven; 8  nine\n\nTen\tten é x 你好 a's it's DON'T <b> x_y z  ",
        " a b",
        "a\nb\n"
    };

    private final PieceTable known = new PieceTable(MOST);
    private final Function<String, Tokenizer.Spans> whole;

    private final SeparateTokens tokens;
    private final int[] before;
    private final int[] behind;

    private KnownPieces(SeparateTokens tokens, Function<String, Tokenizer.Spans> whole, int[] before, int[] behind) {
        this.tokens = tokens;
        this.whole = whole;
        this.before = before;
        this.behind = behind;
    }

    /**
     * Null where it is not known of the tokenizer that it cuts so.
     *
     * @param tokenizer {@code tokenizer.json}
     * @param whole encodes a text without the special tokens around it
     * @param around encodes a text with them
     */
    static @Nullable KnownPieces of(
            JsonNode tokenizer, Function<String, Tokenizer.Spans> whole, Function<String, Tokenizer.Spans> around) {
        if (!isByteLevel(tokenizer) || !cutsNoToken(tokenizer.path("added_tokens"))) {
            return null;
        }
        try {
            return probed(SeparateTokens.of(tokenizer.path("added_tokens")), whole, around);
        } catch (Refused e) {
            return null; // the base model lacks a row even for these
        }
    }

    private static @Nullable KnownPieces probed(
            SeparateTokens tokens, Function<String, Tokenizer.Spans> whole, Function<String, Tokenizer.Spans> around) {
        Tokenizer.Spans probe = around.apply("a");
        int from = 0;
        int to = probe.ids().length;
        while (from < to && probe.starts()[from] < 0) {
            from++;
        }
        while (to > from && probe.starts()[to - 1] < 0) {
            to--;
        }
        KnownPieces pieces = new KnownPieces(
                tokens,
                whole,
                Arrays.copyOf(probe.ids(), from),
                Arrays.copyOfRange(probe.ids(), to, probe.ids().length));
        for (String text : PROBES) {
            if (!equal(whole.apply(text), pieces.spans(text, false))
                    || !equal(around.apply(text), pieces.spans(text, true))) {
                return null;
            }
        }
        return pieces;
    }

    private static boolean equal(Tokenizer.Spans one, Tokenizer.Spans other) {
        return Arrays.equals(one.ids(), other.ids())
                && Arrays.equals(one.starts(), other.starts())
                && Arrays.equals(one.ends(), other.ends());
    }

    private static boolean isByteLevel(JsonNode tokenizer) {
        JsonNode normalizer = tokenizer.path("normalizer");
        JsonNode cutting = tokenizer.path("pre_tokenizer");
        boolean normal = normalizer.isNull() || normalizer.path("type").asText().equals("NFC");
        boolean bytes = false;
        for (JsonNode step : cutting.has("pretokenizers") ? cutting.get("pretokenizers") : Arrays.asList(cutting)) {
            String pattern = step.path("pattern").path("Regex").asText();
            normal &= CUTTING.contains(step.path("type").asText())
                    && !step.path("add_prefix_space").asBoolean()
                    && !pattern.contains("(?<");
            bytes |= step.path("type").asText().equals("ByteLevel");
        }
        JsonNode model = tokenizer.path("model");
        return normal
                && bytes
                && model.path("type").asText().equals("BPE")
                && model.path("dropout").asDouble() == 0
                && model.path("continuing_subword_prefix").asText("").isEmpty()
                && model.path("end_of_word_suffix").asText("").isEmpty();
    }

    /** Whether no token that is found before all cutting could be cut, or reaches for the space beside it. */
    private static boolean cutsNoToken(JsonNode added) {
        for (JsonNode token : added) {
            String content = token.path("content").asText();
            boolean reaches = token.path("lstrip").asBoolean()
                    || token.path("rstrip").asBoolean()
                    || token.path("single_word").asBoolean();
            boolean spaces = content.length() > 1 && content.isBlank();
            if (reaches
                    || (!spaces && (content.endsWith(" ") || content.endsWith("\n")))
                    || cut(content, 1, SeparateTokens.NONE) < content.length()) {
                return false;
            }
        }
        return true;
    }

    /** As {@link Tokenizer#spans}. */
    Tokenizer.Spans spans(String text, boolean special) {
        Joined joined = new Joined(text.length() / 2 + 8);
        if (special) {
            joined.addNowhere(before);
        }
        int rest = 0; // what is not known begins here
        for (int from = 0, to; from < text.length(); from = to) {
            to = end(text, from);
            int[] piece = to - from > PieceTable.LONGEST ? null : known(text, from, to);
            if (piece != null) {
                if (rest < from) {
                    joined.add(whole.apply(text.substring(rest, from)), rest);
                }
                joined.add(piece, from);
                rest = to;
            }
        }
        if (rest < text.length()) {
            joined.add(whole.apply(text.substring(rest)), rest);
        }
        if (special) {
            joined.addNowhere(behind);
        }
        return joined.spans();
    }

    private int @Nullable [] known(String text, int from, int to) {
        int[] found = known.find(text, from, to);
        return found != null || known.isFull()
                ? found
                : known.add(text, from, to, whole.apply(text.substring(from, to)));
    }

    /** Where the piece that begins at {@code from} ends: with its token, before the next, or where every pattern cuts. */
    private int end(String text, int from) {
        int token = tokens.end(text, from);
        return token > 0 ? token : cut(text, from + 1, tokens);
    }

    /** The first place from {@code from} on before which every pattern cuts, or a token begins; the text's end where none is. */
    private static int cut(String text, int from, SeparateTokens tokens) {
        for (int i = from; i < text.length(); i++) {
            if (tokens.end(text, i) > 0) {
                return i;
            }
            char c = text.charAt(i);
            boolean between = (c == ' ' || c == '\n')
                    && i + 1 < text.length()
                    && isPrinted(text.charAt(i - 1))
                    && isLetter(text.charAt(i + 1));
            if (between) {
                return c == ' ' ? i : i + 1;
            }
        }
        return text.length();
    }

    private static boolean isPrinted(char c) {
        return c > ' ' && c < 0x7F;
    }

    private static boolean isLetter(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    }

    /** The spans of pieces, one behind the other. */
    private static final class Joined {

        private int[] ids;
        private int[] starts;
        private int[] ends;
        private int size;

        Joined(int capacity) {
            ids = new int[capacity];
            starts = new int[capacity];
            ends = new int[capacity];
        }

        void add(Tokenizer.Spans piece, int offset) {
            int more = piece.ids().length;
            makeRoom(more);
            for (int i = 0; i < more; i++) {
                ids[size] = piece.ids()[i];
                starts[size] = piece.starts()[i] < 0 ? -1 : piece.starts()[i] + offset;
                ends[size++] = piece.ends()[i] < 0 ? -1 : piece.ends()[i] + offset;
            }
        }

        void add(int[] piece, int offset) {
            int more = PieceTable.count(piece);
            makeRoom(more);
            int first = PieceTable.ids(piece);
            for (int i = 0; i < more; i++) {
                int start = PieceTable.start(piece, i);
                int end = PieceTable.end(piece, i);
                ids[size] = piece[first + i];
                starts[size] = start < 0 ? -1 : start + offset;
                ends[size++] = end < 0 ? -1 : end + offset;
            }
        }

        private void makeRoom(int more) {
            if (size + more > ids.length) {
                int capacity = Math.max(ids.length * 2, size + more);
                ids = Arrays.copyOf(ids, capacity);
                starts = Arrays.copyOf(starts, capacity);
                ends = Arrays.copyOf(ends, capacity);
            }
        }

        /** Ids that stand for nothing in the text. */
        void addNowhere(int[] special) {
            int[] nowhere = new int[special.length];
            Arrays.fill(nowhere, -1);
            add(new Tokenizer.Spans(special, nowhere, nowhere), 0);
        }

        Tokenizer.Spans spans() {
            return new Tokenizer.Spans(
                    Arrays.copyOf(ids, size), Arrays.copyOf(starts, size), Arrays.copyOf(ends, size));
        }
    }
}

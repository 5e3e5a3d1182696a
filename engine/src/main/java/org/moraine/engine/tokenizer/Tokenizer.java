package org.moraine.engine.tokenizer;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.CharSpan;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.Refused;
import org.moraine.engine.EngineException;

/**
 * The tokenizer of a model folder: {@code tokenizer.json} through Hugging Face's own library, without truncation or
 * padding whatever that file asks for. Safe for use by several threads; holds native memory until closed.
 */
public final class Tokenizer implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Map<String, String> WHOLE_TEXT = Map.of("truncation", "false", "padding", "false");

    private final Path folder;
    private final HuggingFaceTokenizer library;
    private final int rows;
    private final Set<Integer> ends;
    private final Map<Integer, Boolean> special = new ConcurrentHashMap<>();
    private final @Nullable KnownPieces pieces;

    private Tokenizer(Path folder, HuggingFaceTokenizer library) {
        this.folder = folder;
        this.library = library;
        this.rows = json("config.json").path("vocab_size").asInt(Integer.MAX_VALUE);
        this.ends = ends();
        this.pieces = KnownPieces.of(
                json("tokenizer.json"), text -> librarySpans(text, false), text -> librarySpans(text, true));
    }

    /** Opens {@code tokenizer.json} in the folder; {@link EngineException} where it is missing or cannot be read. */
    public static Tokenizer open(Path modelFolder) {
        if (System.getProperty("ai.djl.offline") == null) {
            System.setProperty("ai.djl.offline", "true"); // else the library reports its use to its makers
        }
        Path file = modelFolder.resolve("tokenizer.json");
        if (!Files.isRegularFile(file)) {
            throw new EngineException(file + " is missing: a model folder needs its tokenizer");
        }
        try (InputStream in = Files.newInputStream(file)) {
            return new Tokenizer(modelFolder, HuggingFaceTokenizer.newInstance(in, WHOLE_TEXT));
        } catch (IOException | RuntimeException e) {
            throw new EngineException(file + " cannot be read as a tokenizer: " + e.getMessage(), e);
        }
    }

    /**
     * The ids of a text, with the special tokens that {@code tokenizer.json} puts around every text.
     *
     * @throws Refused code {@code tokenizer}, field {@code model}, naming a token that the base model has no row for;
     *     published tokenizers hold such tokens, and they are no fault until a text holds one
     */
    public int[] encode(String text) {
        return pieces == null
                ? ids(encoding(text, true))
                : pieces.spans(text, true).ids();
    }

    /** The ids of a text that has its special tokens written out already, such as a rendered conversation. */
    public int[] encodeBare(String text) {
        return pieces == null
                ? ids(encoding(text, false))
                : pieces.spans(text, false).ids();
    }

    /**
     * As {@link #encode}, and where in the text each id comes from.
     *
     * @param special whether the special tokens around every text are added
     */
    public Spans spans(String text, boolean special) {
        return pieces == null ? librarySpans(text, special) : pieces.spans(text, special);
    }

    private Spans librarySpans(String text, boolean special) {
        Encoding encoding = encoding(text, special);
        CharSpan[] spans = encoding.getCharTokenSpans();
        long[] added = encoding.getSpecialTokenMask();
        int[] positions = charPositions(text);
        int[] ids = ids(encoding);
        int[] starts = new int[ids.length];
        int[] ends = new int[ids.length];
        for (int i = 0; i < ids.length; i++) {
            boolean nowhere = spans[i] == null || (special && added[i] == 1);
            starts[i] = nowhere ? -1 : positions[spans[i].getStart()];
            ends[i] = nowhere ? -1 : positions[spans[i].getEnd()];
        }
        return new Spans(ids, starts, ends);
    }

    /** The text of some ids, special tokens left out. */
    public String decode(int[] ids) {
        return library.decode(Arrays.stream(ids).asLongStream().toArray(), true);
    }

    /** Whether this id is a special token, one that {@link #decode} leaves out. */
    public boolean isSpecial(int id) {
        return special.computeIfAbsent(id, one -> decode(new int[] {one}).isEmpty());
    }

    /** Whether this id ends an answer. */
    public boolean endsSequence(int id) {
        return ends.contains(id);
    }

    /**
     * All ids that end an answer, the tokenizer's own {@code eos_token} first where it names one; from {@code
     * tokenizer_config.json}, {@code generation_config.json} and {@code config.json}. Empty where none names any.
     */
    public Set<Integer> endIds() {
        return ends;
    }

    /** The id that is put after a text to say that it ends there. */
    public OptionalInt endOfSequence() {
        return ends.stream().mapToInt(Integer::intValue).findFirst();
    }

    /** The folder's chat template; {@link Refused} where it has none or one that cannot be parsed. */
    public ChatTemplate chat() {
        return ChatTemplate.open(folder);
    }

    @Override
    public void close() {
        library.close();
    }

    /** A lone half of a surrogate pair is no text; it becomes U+FFFD here, so that positions stay true. */
    private Encoding encoding(String text, boolean special) {
        return library.encode(replaceLoneSurrogates(text), special, false);
    }

    private static String replaceLoneSurrogates(String text) {
        StringBuilder whole = null;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(c)) {
                whole = whole == null ? new StringBuilder(text) : whole;
                whole.setCharAt(i, '\uFFFD');
            }
        }
        return whole == null ? text : whole.toString();
    }

    /** The library counts code points, Java counts chars: position of each code point, and of the end. */
    private static int[] charPositions(String text) {
        int[] positions = new int[text.codePointCount(0, text.length()) + 1];
        int at = 0;
        for (int i = 0; i < positions.length; i++) {
            positions[i] = at;
            at += at < text.length() ? Character.charCount(text.codePointAt(at)) : 0;
        }
        return positions;
    }

    private int[] ids(Encoding encoding) {
        for (long id : encoding.getIds()) {
            if (id >= rows) {
                throw Refused.invalid(
                        "tokenizer",
                        "model",
                        "the tokenizer's token '" + library.decode(new long[] {id}, false) + "' has the id " + id
                                + ", but the base model's vocab_size is " + rows);
            }
        }
        return Arrays.stream(encoding.getIds()).mapToInt(Math::toIntExact).toArray();
    }

    private Set<Integer> ends() {
        Set<Integer> found = new LinkedHashSet<>();
        JsonNode eos = json("tokenizer_config.json").path("eos_token");
        String word = eos.isObject() ? eos.path("content").asText() : eos.asText();
        if (!word.isEmpty()) {
            int[] ids = encodeBare(word);
            if (ids.length == 1) {
                found.add(ids[0]);
            }
        }
        for (String file : new String[] {"generation_config.json", "config.json"}) {
            JsonNode id = json(file).path("eos_token_id");
            for (JsonNode one : id.isArray() ? id : JSON.createArrayNode().add(id)) {
                if (one.isInt()) {
                    found.add(one.intValue());
                }
            }
        }
        return Collections.unmodifiableSet(found);
    }

    private JsonNode json(String name) {
        Path file = folder.resolve(name);
        try {
            return Files.isRegularFile(file) ? JSON.readTree(file.toFile()) : MissingNode.getInstance();
        } catch (IOException e) {
            throw new EngineException(file + " is no JSON: " + e.getMessage(), e);
        }
    }

    /**
     * Ids with the piece of text that each stands for, in Java's char positions; -1 for a special token that was added.
     *
     * @param starts the first char of each id
     * @param ends one past the last char; pieces may overlap where one character takes several ids
     */
    public record Spans(int[] ids, int[] starts, int[] ends) {

        /** Whether id {@code i} stands for anything in the text from {@code from} up to {@code to}. */
        public boolean touches(int i, int from, int to) {
            return starts[i] >= 0 && starts[i] < to && (ends[i] > from || starts[i] >= from);
        }
    }
}

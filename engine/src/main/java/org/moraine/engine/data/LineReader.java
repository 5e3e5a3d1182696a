package org.moraine.engine.data;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.util.Iterator;
import java.util.Set;
import java.util.function.Consumer;

/** Reads one line: a JSON object of one of the four kinds, every field that matters checked. */
final class LineReader {

    private static final int DEEPEST = 64;
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxNestingDepth(DEEPEST).build())
            .build();
    private static final ObjectMapper JSON = JsonMapper.builder(FACTORY)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private static final Set<String> CHAT = Set.of("messages", "tools", "parallel_tool_calls");
    private static final Set<String> COMPLETION = Set.of("prompt", "completion");
    private static final Set<String> TEXT = Set.of("text");
    private static final Set<String> PREFERENCE = Set.of(
            "input", "preferred_output", "non_preferred_output", "preferred_completion", "non_preferred_completion");

    private LineReader() {}

    /**
     * Reads the present line.
     *
     * @param unread takes the names of fields that this kind of line does not have, and nobody reads
     */
    static ExampleLine read(Lines line, Consumer<String> unread) throws BadLine {
        JsonNode node = parse(line);
        if (!node.isObject()) {
            throw new BadLine("", "a line is one JSON object, not " + Field.kind(node));
        }
        Set<String> kind = kind(node);
        for (Iterator<String> names = node.fieldNames(); names.hasNext(); ) {
            String name = names.next();
            if (!kind.contains(name)) {
                unread.accept(name);
            }
        }
        Field fields = new Field("", node);
        if (kind == CHAT) {
            return ConversationReader.chat(fields);
        } else if (kind == PREFERENCE) {
            return ConversationReader.preference(fields);
        }
        return kind == TEXT
                ? new ExampleLine.Text(filled(fields.get("text")))
                : new ExampleLine.Completion(fields.get("prompt").string(), filled(fields.get("completion")));
    }

    private static Set<String> kind(JsonNode line) throws BadLine {
        boolean completion = line.has("prompt") || line.has("completion");
        boolean preference = line.has("input") || line.has("preferred_output") || line.has("preferred_completion");
        int kinds = (line.has("messages") ? 1 : 0)
                + (completion ? 1 : 0)
                + (line.has("text") ? 1 : 0)
                + (preference ? 1 : 0);
        if (kinds != 1) {
            throw new BadLine(
                    "",
                    "a line has either messages, or prompt and completion, or text,"
                            + " or input, preferred_output and non_preferred_output");
        }
        return completion ? COMPLETION : preference ? PREFERENCE : line.has("text") ? TEXT : CHAT;
    }

    private static String filled(Field field) throws BadLine {
        String text = field.string();
        if (text.isEmpty()) {
            throw BadLine.unlearnable(field.path(), field.path() + " is empty, so there is nothing to learn");
        }
        return text;
    }

    private static JsonNode parse(Lines line) throws BadLine {
        try {
            return JSON.readTree(line.bytes(), line.from(), line.to() - line.from());
        } catch (JsonProcessingException e) {
            long offset = e.getLocation() == null ? -1 : e.getLocation().getByteOffset();
            String reason = e.getOriginalMessage().lines().findFirst().orElse("");
            throw BadLine.at((int) Math.max(0, offset), "the line is not JSON: " + reason);
        } catch (IOException e) {
            throw new AssertionError("bytes in memory can be read", e);
        }
    }

    /** The arguments of a call as OpenAI writes them, JSON in a string. */
    static JsonNode arguments(Field field) throws BadLine {
        try {
            return JSON.readTree(field.string());
        } catch (JsonProcessingException e) {
            throw new BadLine(field.path(), "the arguments are no JSON");
        }
    }

    /** Where in the line the field of this path begins, or the innermost one around it; in bytes, from 0. */
    static int offset(Lines line, String path) {
        String target = path.isEmpty()
                ? ""
                : "/" + path.replace("]", "").replace('[', '/').replace('.', '/');
        int offset = 0;
        try (JsonParser parser = FACTORY.createParser(line.bytes(), line.from(), line.to() - line.from())) {
            int longest = 0;
            for (JsonToken token = parser.nextToken();
                    token != null && longest < target.length();
                    token = parser.nextToken()) {
                String pointer = token.isStructEnd() || token == JsonToken.FIELD_NAME
                        ? ""
                        : parser.getParsingContext().pathAsPointer().toString();
                if (pointer.length() > longest && (target + "/").startsWith(pointer + "/")) {
                    longest = pointer.length();
                    offset = (int) parser.currentTokenLocation().getByteOffset();
                }
            }
        } catch (IOException e) {
            return offset; // as far as it is JSON
        }
        return Math.max(0, offset);
    }
}

package org.moraine.engine.tokenizer;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;

/** Model folders for tests: Pebble's, and others that have its tokenizer. */
public final class Folders {

    private static final ObjectMapper JSON = new ObjectMapper();

    private Folders() {}

    /** The base model that ships with the project. */
    public static Path pebble() {
        return Path.of(System.getProperty("moraine.models")).resolve("pebble");
    }

    /** A folder with Pebble's tokenizer, whose file is changed first, and with no template. */
    public static Path withTokenizer(Path folder, Consumer<ObjectNode> change) throws IOException {
        ObjectNode tokenizer =
                (ObjectNode) JSON.readTree(pebble().resolve("tokenizer.json").toFile());
        change.accept(tokenizer);
        Files.writeString(folder.resolve("tokenizer.json"), tokenizer.toString());
        return folder;
    }

    /** A folder with Pebble's tokenizer and another template. */
    public static Path withTemplate(Path folder, String template) throws IOException {
        withTokenizer(folder, tokenizer -> {});
        Files.writeString(folder.resolve("chat_template.jinja"), template);
        Files.writeString(
                folder.resolve("tokenizer_config.json"),
                "{\"bos_token\": \"<|endoftext|>\", \"eos_token\": {\"content\": \"<|im_end|>\"}}");
        return folder;
    }
}

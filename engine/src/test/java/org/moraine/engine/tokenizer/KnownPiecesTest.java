package org.moraine.engine.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A text's pieces, encoded one by one, against the library on the whole text. */
class KnownPiecesTest {

    private static final String[] PARTS = {
        "a",
        "The",
        " blue",
        " sky",
        "\n",
        "\n\n",
        " ",
        "  ",
        "\t",
        "\r\n",
        ".",
        ",",
        "!",
        "'s",
        "'",
        "12",
        " 3",
        "\u00e9",
        "e\u0301",
        "\u0301",
        " \u4f60\u597d",
        "\ud83d\ude00",
        "<|im_end|>",
        "<|im_start|>",
        "<b>",
        "<|im_end",
        "<|" + "x".repeat(70) + "|>",
        "\u0338",
        "_x",
        "\u00a0",
        "\u2028",
        "un der",
        "I'LL",
        "-",
        "{{ y }}"
    };

    @TempDir
    Path folder;

    /** What published byte-level tokenizers cut with: GPT-2, SmolLM2, Llama 3, Qwen2, DeepSeek. */
    static Stream<Arguments> tokenizers() {
        return Stream.of(
                Arguments.of("Pebble", change(tokenizer -> {})),
                Arguments.of("GPT-2", change(tokenizer -> cut(tokenizer, true, ""))),
                Arguments.of(
                        "Llama 3",
                        change(tokenizer -> cut(
                                tokenizer,
                                false,
                                "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}|"
                                        + " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"))),
                Arguments.of("Qwen2", change(tokenizer -> {
                    tokenizer.putObject("normalizer").put("type", "NFC");
                    cut(
                            tokenizer,
                            false,
                            "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}|"
                                    + " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+");
                })),
                Arguments.of(
                        "DeepSeek",
                        change(tokenizer -> cut(
                                tokenizer,
                                false,
                                "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+|"
                                        + " ?[\\p{P}\\p{S}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"))),
                Arguments.of(
                        "with a token that reaches for the space beside it",
                        change(tokenizer -> added(tokenizer).put("rstrip", true))),
                Arguments.of("with tokens that reach into one another", change(tokenizer -> {
                    added(tokenizer).put("content", "_x<|im_end|>");
                    ((ArrayNode) tokenizer.get("added_tokens"))
                            .add(added(tokenizer).deepCopy().put("id", 3).put("content", "|><b>"));
                })),
                Arguments.of("with tokens that are found in what was normalised", change(tokenizer -> {
                    tokenizer.putObject("normalizer").put("type", "NFC");
                    added(tokenizer).put("normalized", true);
                })),
                Arguments.of(
                        "with a token longer than is looked for",
                        change(tokenizer -> added(tokenizer).put("content", "<|" + "x".repeat(70) + "|>"))),
                Arguments.of(
                        "with a token of two words",
                        change(tokenizer -> added(tokenizer).put("content", "blue sky"))),
                Arguments.of(
                        "with a prefix",
                        change(tokenizer -> ((ObjectNode) tokenizer.at("/pre_tokenizer/pretokenizers/1"))
                                .put("add_prefix_space", true))));
    }

    private static Consumer<ObjectNode> change(Consumer<ObjectNode> change) {
        return change;
    }

    private static void cut(ObjectNode tokenizer, boolean own, String pattern) {
        ArrayNode steps =
                tokenizer.putObject("pre_tokenizer").put("type", "Sequence").putArray("pretokenizers");
        if (!pattern.isEmpty()) {
            steps.addObject()
                    .put("type", "Split")
                    .put("behavior", "Isolated")
                    .put("invert", false)
                    .putObject("pattern")
                    .put("Regex", pattern);
        }
        steps.addObject()
                .put("type", "ByteLevel")
                .put("add_prefix_space", false)
                .put("trim_offsets", true)
                .put("use_regex", own);
    }

    private static void special(ArrayNode single, String token) {
        single.addObject().putObject("SpecialToken").put("id", token).put("type_id", 0);
    }

    private static ObjectNode added(ObjectNode tokenizer) {
        return (ObjectNode) tokenizer.at("/added_tokens/2");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("tokenizers")
    void everyTextHasTheLibrarysIdsAndSpans(String name, Consumer<ObjectNode> change) throws Exception {
        Folders.withTokenizer(folder, change);
        Random random = new Random(name.hashCode());
        try (Tokenizer tokenizer = Tokenizer.open(folder);
                HuggingFaceTokenizer library = HuggingFaceTokenizer.newInstance(
                        folder.resolve("tokenizer.json"), Map.of("truncation", "false", "padding", "false"))) {
            for (int round = 0; round < 1500; round++) {
                StringBuilder text = new StringBuilder();
                for (int i = random.nextInt(20); i >= 0; i--) {
                    text.append(PARTS[random.nextInt(PARTS.length)]);
                }
                String whole = text.toString();

                Tokenizer.Spans spans = tokenizer.spans(whole, false);
                assertThat(tokenizer.encode(whole))
                        .as(whole)
                        .isEqualTo(
                                Arrays.stream(library.encode(whole, true, false).getIds())
                                        .mapToInt(Math::toIntExact)
                                        .toArray());

                Encoding expected = library.encode(whole, false, false);
                assertThat(spans.ids())
                        .as(whole)
                        .isEqualTo(Arrays.stream(expected.getIds())
                                .mapToInt(Math::toIntExact)
                                .toArray());
                assertThat(spans.ends())
                        .as(whole)
                        .isEqualTo(Arrays.stream(expected.getCharTokenSpans())
                                .mapToInt(span -> whole.offsetByCodePoints(0, span.getEnd()))
                                .toArray());
                assertThat(spans.starts())
                        .as(whole)
                        .isEqualTo(Arrays.stream(expected.getCharTokenSpans())
                                .mapToInt(span -> whole.offsetByCodePoints(0, span.getStart()))
                                .toArray());
            }
        }
    }
}

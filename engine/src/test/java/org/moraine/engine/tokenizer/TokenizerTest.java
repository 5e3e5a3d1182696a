package org.moraine.engine.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.moraine.contracts.Refused;
import org.moraine.engine.EngineException;

class TokenizerTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path folder;

    @Test
    void idsAndPositionsAreThoseOfTheTokenizersOwnLibrary() throws Exception {
        try (Tokenizer tokenizer = Tokenizer.open(Folders.pebble());
                InputStream in = getClass().getResourceAsStream("/pebble-ids.json")) {
            for (JsonNode expected : JSON.readTree(in)) {
                String text = expected.get("text").textValue();
                int[] ids = JSON.convertValue(expected.get("ids"), int[].class);

                Tokenizer.Spans spans = tokenizer.spans(text, true);

                assertThat(tokenizer.encode(text)).as(text).isEqualTo(ids);
                assertThat(spans.ids()).isEqualTo(ids);
                for (int i = 0; i < ids.length; i++) {
                    JsonNode points = expected.get("offsets").get(i);
                    assertThat(spans.starts()[i])
                            .as(text)
                            .isEqualTo(text.offsetByCodePoints(0, points.get(0).intValue()));
                    assertThat(spans.ends()[i])
                            .as(text)
                            .isEqualTo(text.offsetByCodePoints(0, points.get(1).intValue()));
                }
            }
        }
    }

    @Test
    void aTokenThatTheBaseModelHasNoRowForIsRefusedByName() throws Exception {
        Folders.withTokenizer(folder, tokenizer -> {});
        Files.writeString(folder.resolve("config.json"), "{\"vocab_size\": 300}");
        try (Tokenizer tokenizer = Tokenizer.open(folder)) {
            assertThat(tokenizer.encode("a b")).containsExactly(67, 271);
            assertThatThrownBy(() -> tokenizer.encode("water"))
                    .isInstanceOfSatisfying(Refused.class, refused -> {
                        assertThat(refused.problem().code()).isEqualTo("tokenizer");
                        assertThat(refused.problem().field()).isEqualTo("model");
                    })
                    .hasMessageContaining("'ater'")
                    .hasMessageContaining("vocab_size is 300");
        }
    }

    @Test
    void anyTextComesBackAndItsPiecesCoverIt() {
        Random random = new Random(7);
        int[] points = {'a', ' ', '\n', 'é', 0x4f60, 0x1f600, 0x1d4b3, 0x301, 0x200d, '<', '|', 0, 0xfeff, 0x10ffff};
        try (Tokenizer tokenizer = Tokenizer.open(Folders.pebble())) {
            for (int round = 0; round < 300; round++) {
                String text = random.ints(random.nextInt(40), 0, points.length)
                        .collect(
                                StringBuilder::new, (made, i) -> made.appendCodePoint(points[i]), StringBuilder::append)
                        .toString();

                Tokenizer.Spans spans = tokenizer.spans(text, false);

                assertThat(tokenizer.decode(spans.ids())).isEqualTo(text);
                int reached = 0;
                for (int i = 0; i < spans.ids().length; i++) {
                    assertThat(spans.starts()[i]).isBetween(0, reached);
                    assertThat(spans.ends()[i]).isBetween(spans.starts()[i], text.length());
                    reached = Math.max(reached, spans.ends()[i]);
                }
                assertThat(reached).isEqualTo(text.length());
            }
        }
    }

    @Test
    void halfASurrogatePairBecomesAReplacementAndPositionsStayTrue() {
        try (Tokenizer tokenizer = Tokenizer.open(Folders.pebble())) {
            Tokenizer.Spans spans = tokenizer.spans("a\ud83d, then b\ude00", false);

            assertThat(tokenizer.decode(spans.ids())).isEqualTo("a\ufffd, then b\ufffd");
            assertThat(spans.ends()[spans.ids().length - 1]).isEqualTo(11);
        }
    }

    @Test
    void theFilesOwnTruncationAndPaddingAreLeftOut() throws Exception {
        Folders.withTokenizer(folder, tokenizer -> {
            tokenizer.set(
                    "truncation",
                    tokenizer("{\"direction\":\"Right\",\"max_length\":3,\"strategy\":\"LongestFirst\",\"stride\":0}"));
            tokenizer.set(
                    "padding",
                    tokenizer("{\"strategy\":{\"Fixed\":64},\"direction\":\"Right\",\"pad_to_multiple_of\":null,"
                            + "\"pad_id\":0,\"pad_type_id\":0,\"pad_token\":\"<|endoftext|>\"}"));
        });
        try (Tokenizer plain = Tokenizer.open(Folders.pebble());
                Tokenizer tokenizer = Tokenizer.open(folder)) {
            String text = "one two three four five six seven";

            assertThat(tokenizer.encode(text)).isEqualTo(plain.encode(text));
        }
    }

    @Test
    void specialTokensAroundEveryTextComeOnlyWhereTheyAreAskedFor() throws Exception {
        Folders.withTokenizer(
                folder,
                tokenizer -> tokenizer.set(
                        "post_processor",
                        tokenizer("{\"type\":\"TemplateProcessing\",\"single\":[{\"SpecialToken\":{\"id\":"
                                + "\"<|endoftext|>\",\"type_id\":0}},{\"Sequence\":{\"id\":\"A\",\"type_id\":0}}],"
                                + "\"pair\":[{\"Sequence\":{\"id\":\"A\",\"type_id\":0}},{\"Sequence\":{\"id\":\"B\","
                                + "\"type_id\":0}}],\"special_tokens\":{\"<|endoftext|>\":{\"id\":\"<|endoftext|>\","
                                + "\"ids\":[0],\"tokens\":[\"<|endoftext|>\"]}}}")));
        try (Tokenizer tokenizer = Tokenizer.open(folder)) {
            int[] bare = tokenizer.encodeBare("A cat.");
            Tokenizer.Spans spans = tokenizer.spans("A cat.", true);

            assertThat(bare).doesNotContain(0);
            assertThat(tokenizer.encode("A cat.")).startsWith(0).endsWith(bare).hasSize(bare.length + 1);
            assertThat(spans.starts()[0]).isEqualTo(-1);
            assertThat(spans.touches(0, 0, 6)).isFalse();
            assertThat(spans.touches(1, 0, 1)).isTrue();
        }
    }

    @Test
    void whatEndsAnAnswerIsReadFromAllThreeFiles() throws Exception {
        Folders.withTokenizer(folder, tokenizer -> {});
        Files.writeString(folder.resolve("tokenizer_config.json"), "{\"eos_token\": {\"content\": \"<|im_end|>\"}}");
        Files.writeString(folder.resolve("generation_config.json"), "{\"eos_token_id\": [0, 7]}");
        Files.writeString(folder.resolve("config.json"), "{\"eos_token_id\": 9}");
        try (Tokenizer tokenizer = Tokenizer.open(folder)) {
            assertThat(tokenizer.endIds()).containsExactly(2, 0, 7, 9);
            assertThat(tokenizer.endOfSequence()).hasValue(2);
            assertThat(tokenizer.endsSequence(7)).isTrue();
            assertThat(tokenizer.endsSequence(8)).isFalse();
        }
    }

    @Test
    void specialTokensAreLeftOutOfDecodedText() {
        try (Tokenizer tokenizer = Tokenizer.open(Folders.pebble())) {
            assertThat(tokenizer.decode(tokenizer.encode("Yes.<|im_end|>"))).isEqualTo("Yes.");
            assertThat(tokenizer.isSpecial(2)).isTrue();
            assertThat(tokenizer.isSpecial(tokenizer.encode("a")[0])).isFalse();
        }
    }

    @Test
    void aMissingOrBrokenFileIsNamed() throws Exception {
        assertThatThrownBy(() -> Tokenizer.open(folder))
                .isInstanceOf(EngineException.class)
                .hasMessageContaining("tokenizer.json")
                .hasMessageContaining("missing");

        Files.writeString(folder.resolve("tokenizer.json"), "{\"model\": {\"type\": \"NoSuch\"}}");

        assertThatThrownBy(() -> Tokenizer.open(folder))
                .isInstanceOf(EngineException.class)
                .hasMessageContaining("tokenizer.json");
    }

    private static JsonNode tokenizer(String json) {
        try {
            return JSON.readTree(json);
        } catch (java.io.IOException e) {
            throw new AssertionError(e);
        }
    }
}

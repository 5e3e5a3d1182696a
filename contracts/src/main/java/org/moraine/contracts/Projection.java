package org.moraine.contracts;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;
import java.util.stream.Collectors;

/** The seven linear maps of a decoder layer of the Llama family, in the order in which they stand in a layer. */
public enum Projection {
    Q("q_proj", "self_attn"),
    K("k_proj", "self_attn"),
    V("v_proj", "self_attn"),
    O("o_proj", "self_attn"),
    GATE("gate_proj", "mlp"),
    UP("up_proj", "mlp"),
    DOWN("down_proj", "mlp");

    private final String word;
    private final String block;

    Projection(String word, String block) {
        this.word = word;
        this.block = block;
    }

    /** The name in {@code target_modules}, such as {@code q_proj}. */
    @JsonValue
    public String word() {
        return word;
    }

    /** The path inside a layer, such as {@code self_attn.q_proj}. */
    public String path() {
        return block + "." + word;
    }

    /** Reads {@code q_proj} or the short {@code q}; throws {@link Refused} where it is neither. */
    @JsonCreator
    public static Projection of(String text) {
        return Arrays.stream(values())
                .filter(p -> p.word.equals(text) || p.word.equals(text + "_proj"))
                .findFirst()
                .orElseThrow(() -> Refused.invalid(
                        "target_modules",
                        "'" + text + "' is no projection of this model; there are "
                                + Arrays.stream(values()).map(Projection::word).collect(Collectors.joining(", "))));
    }
}

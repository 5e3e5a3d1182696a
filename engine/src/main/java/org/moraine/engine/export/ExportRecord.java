package org.moraine.engine.export;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.AdapterSettings;
import org.moraine.engine.WholeFile;
import org.moraine.engine.safetensors.DType;

/**
 * What {@code export.json} in an exported folder says.
 *
 * @param adapter what was exported
 * @param dtype of the tensors written
 * @param check how its logits compare with base model and adapter; null where the files are the adapter's own, or
 *     the base model computes in 16 bits
 * @param svd what a cut to a rank left out; null where the export is exact
 */
public record ExportRecord(
        Form form,
        AdapterSettings adapter,
        @JsonProperty("base_model") BaseIdentity base,
        DType dtype,
        @Nullable Check check,
        @Nullable SvdError svd) {

    static final String FILE = "export.json";

    private static final JsonMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    /** What an export is. */
    public enum Form {
        /** The adapter's own files. */
        @JsonProperty("native")
        NATIVE,
        /** LoRA's two matrices. */
        @JsonProperty("lora")
        LORA,
        /** A whole model. */
        @JsonProperty("merged")
        MERGED
    }

    /**
     * A comparison of logits, 32 bits wide.
     *
     * @param tokens random ones, whose logits were compared
     * @param largestLogit of base model and adapter
     * @param largestDifference of what is exported
     * @param rounded the largest difference once the weights are rounded to 16 bits; null where they are not
     */
    public record Check(
            int tokens,
            @JsonProperty("largest_logit") double largestLogit,
            @JsonProperty("largest_difference") double largestDifference,
            @JsonProperty("rounded_difference") @Nullable Double rounded) {}

    void write(Path folder) {
        try {
            WholeFile.write(folder.resolve(FILE), JSON.writeValueAsBytes(this));
        } catch (JsonProcessingException e) {
            throw new AssertionError("an export's record can be written as JSON", e);
        }
    }
}

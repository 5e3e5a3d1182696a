package org.moraine.registry.hub;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.LowerCamelCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.Digest;
import org.moraine.contracts.Method;
import org.moraine.registry.version.Version;
import org.moraine.registry.version.VersionFile;

/** One version of an adapter as the Hub's clients read a model. */
@JsonNaming(LowerCamelCaseStrategy.class)
@JsonInclude(JsonInclude.Include.NON_NULL)
record ModelInfo(
        @JsonProperty("_id") String internalId,
        String id,
        String modelId,
        String author,
        String sha,
        @Nullable String createdAt,
        String lastModified,
        @JsonProperty("private") boolean isPrivate,
        boolean gated,
        boolean disabled,
        int downloads,
        int likes,
        @JsonProperty("library_name") String libraryName,
        @JsonProperty("pipeline_tag") String pipelineTag,
        List<String> tags,
        Map<String, Object> cardData,
        long usedStorage,
        @Nullable List<Sibling> siblings) {

    /** A file beside the others; what its blob is only where that was asked for. */
    @JsonNaming(LowerCamelCaseStrategy.class)
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Sibling(
            String rfilename,
            @Nullable Long size,
            @Nullable String blobId,
            @Nullable Lfs lfs) {

        static Sibling of(VersionFile file, boolean withBlob) {
            return withBlob
                    ? new Sibling(file.path(), file.size(), Lfs.gitHash(file), Lfs.of(file))
                    : new Sibling(file.path(), null, null, null);
        }
    }

    /** In a list the time it was made and the siblings are left out: they are null. */
    static ModelInfo of(String id, Version version, @Nullable Instant createdAt, @Nullable List<Sibling> siblings) {
        return new ModelInfo(
                Digest.of(id.getBytes(StandardCharsets.UTF_8)).hex().substring(0, 24),
                id,
                id,
                version.adapter().team().value(),
                version.commit(),
                createdAt == null ? null : HubTime.of(createdAt),
                HubTime.of(version.publishedAt()),
                true,
                false,
                false,
                0,
                0,
                library(version),
                "text-generation",
                tags(version),
                card(version),
                version.size(),
                siblings);
    }

    /** The adapter's name within its team. */
    String name() {
        return id.substring(author.length() + 1);
    }

    /** What a list can be filtered by. */
    static List<String> tags(Version version) {
        List<String> tags = new ArrayList<>(List.of(library(version), "text-generation"));
        if (version.method() != null) {
            tags.add(version.method().word());
        }
        if (version.baseModel() != null) {
            String relation = version.method() == Method.FULL ? "finetune" : "adapter";
            tags.add("base_model:" + version.baseModel());
            tags.add("base_model:" + relation + ":" + version.baseModel());
        }
        return tags;
    }

    private static Map<String, Object> card(Version version) {
        return version.baseModel() == null
                ? Map.of("library_name", library(version))
                : Map.of("base_model", version.baseModel(), "library_name", library(version));
    }

    private static String library(Version version) {
        return version.method() == Method.FULL ? "transformers" : "peft";
    }
}

package org.moraine.registry.version;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import org.moraine.registry.blob.Blobs;

/** What a version's own files say of how it was made. */
@ApplicationScoped
public class TrainingRecords {

    private static final String TRAINING = "training.json";
    private static final String EXPORT = "export.json";

    /** A record of more bytes than this is not read. */
    private static final long LARGEST = 32 << 20;

    private final Versions versions;
    private final Blobs blobs;
    private final ObjectMapper json;

    TrainingRecords(Versions versions, Blobs blobs, ObjectMapper json) {
        this.versions = versions;
        this.blobs = blobs;
        this.json = json;
    }

    /** Every setting and every step; empty where there is no such file, or what is called so is none. */
    public Optional<JsonNode> training(Version version) throws IOException {
        return read(version, TRAINING);
    }

    /** Which base model it is of; empty as {@link #training}. */
    public Optional<JsonNode> export(Version version) throws IOException {
        return read(version, EXPORT);
    }

    private Optional<JsonNode> read(Version version, String path) throws IOException {
        Optional<VersionFile> record = versions.file(version, path).filter(file -> file.size() <= LARGEST);
        if (record.isEmpty()) {
            return Optional.empty();
        }
        long size = record.get().size();
        try (InputStream bytes = blobs.read(record.get().digest(), size, 0, size)) {
            return Optional.of(json.readTree(bytes));
        } catch (JsonProcessingException e) {
            return Optional.empty();
        }
    }
}

package org.moraine.registry.publish;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.Manifest;
import org.moraine.contracts.Method;
import org.moraine.contracts.Refused;
import org.moraine.registry.blob.Blobs;

/** What uploaded files say of themselves, so that they are found as what a job made is: PEFT's configuration. */
@ApplicationScoped
class UploadedFiles {

    private static final String ADAPTER = "adapter_config.json";
    private static final String MODEL = "config.json";
    private static final long LARGEST = 1 << 20;
    private static final int LONGEST_NAME = 512;

    private final Blobs blobs;
    private final ObjectMapper json;

    UploadedFiles(Blobs blobs, ObjectMapper json) {
        this.blobs = blobs;
        this.json = json;
    }

    /** Null where the files do not say. */
    record Described(@Nullable String baseModel, @Nullable Method method, Map<String, Object> settings) {}

    /** Throws {@link Refused} where a configuration is there and is no JSON object: no client could load it. */
    Described describe(Manifest manifest) {
        Optional<JsonNode> adapter = read(manifest, ADAPTER);
        if (adapter.isEmpty()) {
            return new Described(null, read(manifest, MODEL).isPresent() ? Method.FULL : null, Map.of());
        }
        JsonNode config = adapter.get();
        Map<String, Object> settings = new TreeMap<>();
        number(config, "r").ifPresent(rank -> settings.put("rank", rank));
        number(config, "lora_alpha").ifPresent(alpha -> settings.put("alpha", alpha));
        number(config, "lora_dropout").ifPresent(dropout -> settings.put("dropout", dropout));
        String base = config.path("base_model_name_or_path").asText("").strip();
        boolean named =
                !base.isEmpty() && base.length() <= LONGEST_NAME && base.chars().noneMatch(Character::isISOControl);
        return new Described(named ? base : null, method(config), settings);
    }

    /** Throws {@link Refused} where a file that is called safetensors is none. */
    void check(Manifest.File file) {
        if (!file.path().endsWith(".safetensors")) {
            return;
        }
        try (InputStream bytes = blobs.read(file.digest(), file.size(), 0, file.size())) {
            SafetensorsHeader.check(file.path(), file.size(), bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static @Nullable Method method(JsonNode config) {
        boolean lora = config.path("peft_type").asText("").equals("LORA");
        if (lora && config.path("use_mora").asBoolean()) {
            return Method.MORA;
        }
        return lora ? Method.LORA : null;
    }

    private static Optional<Number> number(JsonNode config, String key) {
        JsonNode value = config.path(key);
        return value.isNumber() ? Optional.of(value.numberValue()) : Optional.empty();
    }

    private Optional<JsonNode> read(Manifest manifest, String path) {
        Optional<Manifest.File> found = manifest.files().stream()
                .filter(file -> file.path().equals(path) && file.size() <= LARGEST)
                .findFirst();
        if (found.isEmpty()) {
            return Optional.empty();
        }
        try (InputStream bytes = blobs.read(
                found.get().digest(), found.get().size(), 0, found.get().size())) {
            JsonNode config = json.readTree(bytes);
            if (!config.isObject()) {
                throw Refused.invalid(path, path + " is no JSON object");
            }
            return Optional.of(config);
        } catch (JsonProcessingException e) {
            throw Refused.invalid(path, path + " is no JSON: " + e.getOriginalMessage());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

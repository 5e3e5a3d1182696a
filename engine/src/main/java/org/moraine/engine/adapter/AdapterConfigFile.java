package org.moraine.engine.adapter;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.moraine.contracts.AdapterSettings;
import org.moraine.contracts.Method;
import org.moraine.contracts.Refused;
import org.moraine.contracts.TargetModules;
import org.moraine.contracts.Variation;
import org.moraine.engine.EngineException;
import org.moraine.engine.WholeFile;
import org.moraine.engine.model.ModelConfig;

/**
 * {@code adapter_config.json} as PEFT 0.9 and the MoRA fork on it know it: exactly their keys, since they refuse any
 * other; {@code r} is the user's rank, not the square's side. The covering rotation, which they do not know, has a
 * {@code peft_type} of its own, so that nobody takes it for LoRA or for MoRA's type 6.
 */
final class AdapterConfigFile {

    private static final String COVERING = "MORAINE_COVERING";

    private static final JsonMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private AdapterConfigFile() {}

    static void write(Path file, String baseModelName, AdapterSettings settings) {
        boolean mora = settings.method() == Method.MORA;
        ObjectNode json = JSON.createObjectNode();
        json.set("alpha_pattern", numbers(settings.variation().alphaPattern()));
        json.putNull("auto_mapping");
        json.put("base_model_name_or_path", baseModelName);
        json.put("bias", "none");
        json.put("fan_in_fan_out", false);
        json.put("inference_mode", true);
        json.put("init_lora_weights", true);
        json.putNull("layers_pattern");
        json.putNull("layers_to_transform");
        json.putObject("loftq_config");
        putNumber(json, "lora_alpha", settings.alpha());
        json.put("lora_dropout", settings.dropout());
        json.putNull("megatron_config");
        json.put("megatron_core", "megatron.core");
        List<String> saved = settings.variation().modulesToSave();
        json.set("modules_to_save", saved.isEmpty() ? null : JSON.valueToTree(saved));
        if (mora) {
            json.put("mora_type", settings.moraType());
        }
        json.put("peft_type", settings.method() == Method.COVERING ? COVERING : "LORA");
        json.put("r", settings.rank());
        json.set("rank_pattern", numbers(settings.variation().rankPattern()));
        json.putNull("revision");
        json.set("target_modules", JSON.valueToTree(settings.targets()));
        json.put("task_type", "CAUSAL_LM");
        json.put("use_dora", false);
        if (mora) {
            json.put("use_mora", true);
        }
        json.put("use_rslora", settings.variation().rslora());
        WholeFile.write(file, out -> out.write(JSON.writeValueAsBytes(json)));
    }

    private static ObjectNode numbers(Map<String, ? extends Number> pattern) {
        ObjectNode json = JSON.createObjectNode();
        pattern.forEach((key, value) -> putNumber(json, key, value.doubleValue()));
        return json;
    }

    /** PEFT writes a whole alpha as a whole number. */
    private static void putNumber(ObjectNode json, String key, double value) {
        if (value == Math.rint(value) && Math.abs(value) < Integer.MAX_VALUE) {
            json.put(key, (int) value);
        } else {
            json.put(key, value);
        }
    }

    /**
     * Reads the settings.
     *
     * @throws EngineException naming the file and the key that asks for what the engine does not compute
     */
    static AdapterSettings read(Path file, ModelConfig config) {
        JsonNode json;
        try {
            json = JSON.readTree(Files.readAllBytes(file));
        } catch (IOException e) {
            throw new EngineException(file + ": cannot be read: " + e.getMessage(), e);
        }
        String type = json.path("peft_type").asText();
        boolean covering = type.equals(COVERING);
        if (!covering && !type.equals("LORA")) {
            throw new EngineException(
                    file + ": peft_type '" + type + "' is not supported; 'LORA' is, with use_mora for MoRA");
        }
        for (String key : List.of("use_dora", "fan_in_fan_out")) {
            if (json.path(key).asBoolean(false)) {
                throw new EngineException(file + ": " + key + " is not supported");
            }
        }
        for (String key : List.of("layers_to_transform", "exclude_modules")) {
            if (json.hasNonNull(key)
                    && !(json.get(key).isContainerNode() && json.get(key).isEmpty())) {
                throw new EngineException(file + ": " + key + " is not supported");
            }
        }
        if (!json.path("bias").asText("none").equals("none")) {
            throw new EngineException(file + ": bias '" + json.path("bias").asText() + "' is not supported");
        }
        if (!json.hasNonNull("target_modules")) {
            throw new EngineException(file + ": target_modules is missing");
        }
        boolean mora = json.path("use_mora").asBoolean(false);
        try {
            AdapterSettings settings = new AdapterSettings(
                    covering ? Method.COVERING : mora ? Method.MORA : Method.LORA,
                    json.path("mora_type").asInt(1),
                    json.path("r").asInt(0),
                    json.path("lora_alpha").asDouble(8),
                    json.path("lora_dropout").asDouble(0),
                    JSON.convertValue(json.get("target_modules"), TargetModules.class),
                    mora || covering ? ranksAlone(variation(json)) : variation(json));
            AdapterShapes.layers(config, settings);
            WholeModules.check(config, settings);
            refuseTies(json, file, config, settings);
            return settings;
        } catch (Refused e) {
            throw new EngineException(file + ": " + e.getMessage(), e);
        } catch (IllegalArgumentException e) {
            throw new EngineException(file + ": " + reason(e), e);
        }
    }

    /** PEFT can be told to train embedding and head as one; here they part where either is trained by itself. */
    private static void refuseTies(JsonNode json, Path file, ModelConfig config, AdapterSettings settings) {
        if (json.path("ensure_weight_tying").asBoolean(false)
                && !WholeModules.computed(config, settings).equals(config)) {
            throw new EngineException(file + ": ensure_weight_tying with an embedding or head that is trained whole is"
                    + " not supported");
        }
    }

    /** Jackson wraps what a constructor refuses. */
    private static String reason(IllegalArgumentException e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof Refused refused) {
                return refused.problem().message();
            }
        }
        return String.valueOf(e.getMessage());
    }

    private static Variation variation(JsonNode json) {
        return new Variation(
                json.path("use_rslora").asBoolean(false),
                JSON.convertValue(json.get("rank_pattern"), new TypeReference<LinkedHashMap<String, Integer>>() {}),
                JSON.convertValue(json.get("alpha_pattern"), new TypeReference<LinkedHashMap<String, Double>>() {}),
                saved(json));
    }

    private static List<String> saved(JsonNode json) {
        List<String> names = new ArrayList<>();
        JsonNode list = json.path("modules_to_save");
        list.forEach(name -> names.add(name.isTextual() ? name.textValue() : ""));
        if (json.hasNonNull("modules_to_save") && !list.isArray()) {
            throw Refused.invalid("modules_to_save", "modules_to_save is a list of names");
        }
        return names;
    }

    /** The fork reads MoRA's ranks and neither of LoRA's scalings. */
    private static Variation ranksAlone(Variation variation) {
        return new Variation(false, variation.rankPattern(), null, variation.modulesToSave());
    }
}

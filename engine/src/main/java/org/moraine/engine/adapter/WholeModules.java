package org.moraine.engine.adapter;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.moraine.contracts.AdapterSettings;
import org.moraine.contracts.Method;
import org.moraine.contracts.Quantisation;
import org.moraine.contracts.Refused;
import org.moraine.engine.model.ModelConfig;
import org.moraine.engine.model.WeightName;

/**
 * The modules that are trained whole: PEFT's {@code modules_to_save}, those whose path ends in one of the names, or
 * every module for {@link Method#FULL}. Such a module has no adapter.
 *
 * <p>Where embedding and head are one matrix and either is trained beside an adapter, they part, as they do in PEFT: the
 * other one stays the base model's, or is trained by itself where it is named too.
 */
final class WholeModules {

    private static final String FIELD = "modules_to_save";

    private WholeModules() {}

    /** Whether a module is trained whole. */
    static boolean include(AdapterSettings settings, String path) {
        return settings.method() == Method.FULL
                || settings.variation().modulesToSave().stream().anyMatch(path::endsWith);
    }

    /** The shape of what is computed, with a head of its own where the embedding or the head is trained by itself. */
    static ModelConfig computed(ModelConfig config, AdapterSettings settings) {
        boolean part = config.tied()
                && settings.method() != Method.FULL
                && Stream.of(WeightName.EMBEDDING, WeightName.HEAD)
                        .anyMatch(weight -> include(settings, WeightName.module(weight)));
        return part ? config.untied() : config;
    }

    /** The weights that are trained whole, of what is computed, in their order. */
    static List<WeightName> weights(ModelConfig config, AdapterSettings settings) {
        return WeightName.all(computed(config, settings)).stream()
                .filter(weight -> include(settings, WeightName.module(weight.name())))
                .toList();
    }

    /**
     * Refuses names that mean nothing in this model, or what cannot be trained.
     *
     * @throws Refused naming {@code modules_to_save}
     */
    static void check(ModelConfig config, AdapterSettings settings) {
        List<String> modules = WeightName.all(config.untied()).stream()
                .map(WeightName::name)
                .map(WeightName::module)
                .distinct()
                .toList();
        for (String name : settings.variation().modulesToSave()) {
            List<String> meant =
                    modules.stream().filter(path -> path.endsWith(name)).toList();
            if (meant.isEmpty()) {
                throw Refused.invalid(
                        FIELD,
                        FIELD + ": '" + name + "' is no module with weights of its own in this model; there are "
                                + "embed_tokens, norm, lm_head, and in each layer norms and projections");
            }
            for (String path : meant) {
                requireTrainable(config, name, path);
            }
        }
        if (AdapterShapes.layers(config, settings).stream().allMatch(Map::isEmpty)) {
            throw Refused.invalid(FIELD, FIELD + " names every target; no adapter is left");
        }
    }

    private static void requireTrainable(ModelConfig config, String name, String path) {
        if (!path.endsWith("_proj")) {
            return;
        }
        if (!path.equals(name) && !path.endsWith("." + name)) {
            // PEFT would save the module whole and put an adapter on it all the same.
            throw Refused.invalid(
                    FIELD, FIELD + ": '" + name + "' is only a part of the name " + path + "; give the whole name");
        }
        if (config.architecture().quantisation() != Quantisation.NONE) {
            throw Refused.invalid(
                    FIELD,
                    FIELD + ": " + path
                            + " is held in fewer bits and cannot be trained; embed_tokens, lm_head and norms" + " can");
        }
    }
}

package org.moraine.engine.model;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.ModelSource;
import org.moraine.contracts.Refused;

/**
 * Base models by name: the shipped ones ({@code pebble}), folders on this machine, {@code owner/name[@revision]} from a
 * Hugging Face style endpoint, and what {@linkplain #and other sources} have, kept in a cache by digest. Any number of
 * threads and processes may use one cache.
 */
public final class BaseModels {

    private static final Pattern SHIPPED_NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,95}");

    private final List<Path> shipped;
    private final ModelCache cache;
    private final List<ModelSource> sources;
    private final boolean paths;

    /**
     * @param shipped folders that hold one folder for each model that comes with the program
     * @param cache where downloaded files are kept; made when first needed
     * @param hub the endpoint of named models
     * @param token sent to that endpoint as a bearer token, and to no other host
     */
    public BaseModels(List<Path> shipped, Path cache, URI hub, @Nullable String token) {
        this(List.copyOf(shipped), new ModelCache(cache), List.of(new Hub(hub, token)), true);
    }

    private BaseModels(List<Path> shipped, ModelCache cache, List<ModelSource> sources, boolean paths) {
        this.shipped = shipped;
        this.cache = cache;
        this.sources = sources;
        this.paths = paths;
    }

    /**
     * As the environment says: {@code MORAINE_MODELS} (folders separated as in a class path), {@code
     * MORAINE_MODEL_CACHE}, {@code HF_ENDPOINT}, {@code HF_TOKEN}.
     *
     * @param models the shipped models' folder where the environment names none
     */
    public static BaseModels of(Map<String, String> environment, Supplier<Path> models) {
        String folders = environment.getOrDefault("MORAINE_MODELS", "");
        String cache = environment.getOrDefault("MORAINE_MODEL_CACHE", "");
        String endpoint = environment.getOrDefault("HF_ENDPOINT", "");
        String token = environment.getOrDefault("HF_TOKEN", "");
        return new BaseModels(
                folders.isEmpty()
                        ? List.of(models.get())
                        : Pattern.compile(Pattern.quote(File.pathSeparator))
                                .splitAsStream(folders)
                                .map(Path::of)
                                .toList(),
                cache.isEmpty()
                        ? Path.of(System.getProperty("user.home"), ".cache", "moraine", "models")
                        : Path.of(cache),
                URI.create(endpoint.isEmpty() ? "https://huggingface.co" : endpoint),
                token.isEmpty() ? null : token);
    }

    /** The same models, and those of another source. */
    public BaseModels and(ModelSource source) {
        return new BaseModels(
                shipped,
                cache,
                Stream.concat(sources.stream(), Stream.of(source)).toList(),
                paths);
    }

    /** The same models without folders of this machine, for names that come from somebody elsewhere. */
    public BaseModels withoutPaths() {
        return new BaseModels(shipped, cache, sources, false);
    }

    /**
     * The model's folder with everything in it, downloaded where it has to be.
     *
     * @throws Refused code {@code model_not_found}, field {@code model}
     * @throws org.moraine.engine.EngineException where its files are not what the engine can work with
     */
    public ModelFolder find(String nameOrPath) {
        return find(nameOrPath, true);
    }

    /** As {@link #find} without the weights: configuration, tokenizer and chat template. */
    public ModelFolder describe(String nameOrPath) {
        return find(nameOrPath, false);
    }

    private ModelFolder find(String name, boolean weights) {
        Optional<Path> local = shipped(name).or(() -> folder(name));
        if (local.isPresent()) {
            return ModelFolder.open(name, local.get());
        }
        for (ModelSource source : sources) {
            Optional<ModelSource.Name> known = source.read(name);
            if (known.isPresent()) {
                return ModelFolder.open(known.get().id(), downloaded(source, known.get(), weights));
            }
        }
        throw notFound(name, places());
    }

    private Path downloaded(ModelSource source, ModelSource.Name name, boolean weights) {
        try {
            return cache.folder(name, commit(source, name, weights));
        } catch (ModelSource.Absent e) {
            throw notFound(name.id(), String.valueOf(e.getMessage()));
        } catch (IOException e) {
            throw notFound(
                    name.id(), "it is not in the cache, and " + source.place() + " did not give it: " + reason(e));
        }
    }

    private static String reason(IOException e) {
        return e instanceof UnknownHostException ? "its host is not known here" : String.valueOf(e.getMessage());
    }

    private Optional<Path> shipped(String name) {
        return SHIPPED_NAME.matcher(name).matches() && !name.contains("..")
                ? shipped.stream()
                        .map(folder -> folder.resolve(name))
                        .filter(folder -> Files.isRegularFile(folder.resolve("config.json")))
                        .findFirst()
                : Optional.empty();
    }

    private Optional<Path> folder(String name) {
        try {
            return paths && !name.isEmpty() ? Optional.of(Path.of(name)).filter(Files::isDirectory) : Optional.empty();
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
    }

    /** The commit that the name means now; where its source cannot be asked, the one it meant when last asked. */
    private String commit(ModelSource source, ModelSource.Name name, boolean weights) throws IOException {
        try {
            if (ModelSource.Revision.isCommit(name.revision()) && cache.has(name, name.revision(), weights)) {
                return name.revision();
            }
            ModelSource.Revision revision = source.revision(name);
            cache.fill(revision, weights, source);
            cache.remember(name, revision.commit());
            return revision.commit();
        } catch (ModelSource.Absent e) {
            throw e;
        } catch (IOException e) {
            return cache.remembered(name)
                    .filter(before -> cache.has(name, before, weights))
                    .orElseThrow(() -> e);
        }
    }

    private String places() {
        String forms = sources.stream().map(ModelSource::form).collect(Collectors.joining(" or "));
        return "it is no shipped model, " + (paths ? "no folder on this machine, " : "") + "and no name of the form "
                + forms;
    }

    private static Refused notFound(String name, String reason) {
        String shown = name.length() <= 200 ? name : name.substring(0, 200) + "...";
        return Refused.absent("model_not_found", "model", "There is no base model '" + shown + "': " + reason);
    }
}

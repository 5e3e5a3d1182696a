package org.moraine.worker.prepare;

import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.io.File;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.regex.Pattern;
import org.moraine.blobs.ModelBuckets;
import org.moraine.blobs.Store;
import org.moraine.contracts.Refused;
import org.moraine.engine.model.BaseModels;
import org.moraine.engine.model.ModelFolder;

/** Base models' files on this machine, downloaded into a cache where they are not shipped. */
@Singleton
public class BaseModelFiles {

    private final BaseModels models;
    private final ModelBuckets buckets;
    private final SignedModels signed;

    BaseModelFiles(ModelsConfig config, HubConfig hub, StoreConfig store, SignedModels signed) {
        this.signed = signed;
        List<Path> shipped = paths(config.models());
        this.buckets = ModelBuckets.only(told(store).orElse(null), config.modelBuckets());
        BaseModels all = new BaseModels(
                        shipped,
                        config.modelCache(),
                        hub.endpoint(),
                        hub.token().orElse(null))
                .and(buckets);
        this.models = config.localModels() ? all : all.withoutPaths();
    }

    /** Paths as a setting has them, with the system's separator between. */
    static List<Path> paths(Optional<String> setting) {
        return Pattern.compile(Pattern.quote(File.pathSeparator))
                .splitAsStream(setting.orElse(""))
                .filter(path -> !path.isBlank())
                .map(Path::of)
                .toList();
    }

    private static Optional<Store> told(StoreConfig config) {
        return config.endpoint()
                .flatMap(endpoint -> config.accessKey()
                        .flatMap(accessKey -> config.secretKey()
                                .map(secretKey -> new Store(endpoint, config.region(), accessKey, secretKey))));
    }

    @PreDestroy
    void close() {
        buckets.close();
    }

    /**
     * Finds a base model, and holds it against its signature where that is asked. A caller that is interrupted leaves at
     * once; a download goes on and fills the cache.
     *
     * @throws Refused code {@code model_not_found} where it is nowhere, or its endpoint is away; as {@link
     *     SignedModels#require}
     */
    public ModelFolder find(String name) {
        FutureTask<ModelFolder> search = new FutureTask<>(() -> {
            ModelFolder found = models.find(name);
            signed.require(found);
            return found;
        });
        Thread thread = new Thread(search, "base model");
        thread.setDaemon(true);
        thread.start();
        try {
            return search.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UncheckedIOException(new InterruptedIOException());
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException(e.getCause());
        }
    }
}

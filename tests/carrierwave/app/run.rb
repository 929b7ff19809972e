# Stores each file of the command line as the avatar of a user of its own, and prints what the application shows of it.
require "json"
require_relative "environment"

def urls(uploader, names = [])
  uploader.versions.each_with_object({ names.join("_") => uploader.url }) do |(name, version), found|
    found.merge!(urls(version, [*names, name]))
  end
end

ASKED = []
Excon::Connection.prepend(
  Module.new do
    def request(params = {}, &block)
      ASKED << params[:method].to_s.upcase
      super
    end
  end
)

def asked
  before = ASKED.length
  result = yield
  [result, ASKED.drop(before)]
end

if Firstsight.const_defined?(:CarrierWave)
  Firstsight::CarrierWave.host = ENV["SIGNED_HOST"]
  Firstsight::CarrierWave.key = ENV["KEY"]
  Firstsight::CarrierWave.expires_in = ENV["EXPIRES"]&.to_i
end if defined?(Firstsight)

told = ARGV.each_with_index.map do |path, index|
  user = User.new(7 + index)
  began = Process.clock_gettime(Process::CLOCK_MONOTONIC)
  user.avatar = File.open(path)
  assigned, assigned_asked = asked { urls(user.avatar) }
  cached = Dir.glob(File.join(ENV["ROOT"], "uploads/tmp/**/*")).select { |found| File.file?(found) }
  shown_again = User.new(user.id)
  shown_again.avatar_cache = user.avatar_cache
  again, = asked { urls(shown_again.avatar) }
  user = shown_again if ENV["SHOWN_AGAIN"]
  _, store_asked = asked { user.store_avatar! }
  seconds = Process.clock_gettime(Process::CLOCK_MONOTONIC) - began
  stored, stored_asked = asked { urls(user.avatar) }
  user.write_uploader(:avatar, user.avatar.identifier)
  read = User.new(user.id)
  read.write_uploader(:avatar, user.avatar.identifier)
  found, found_asked = asked { urls(read.avatar) }
  {
    column: user.avatar.identifier, seconds: seconds, assigned: assigned, assigned_asked: assigned_asked, again: again,
    stored: stored, stored_asked: stored_asked, store_asked: store_asked, read: found, read_asked: found_asked,
    cached: cached.map { |found| File.basename(found) }
  }
end

def existing
  user = User.new(7)
  user.write_uploader(:avatar, ENV["COLUMN"])
  user
end

told << { asked: asked { existing.avatar.recreate_versions!(*ENV["RECREATE"].split(",").map(&:to_sym)) }.last } if ENV["RECREATE"]
told << { asked: asked { existing.remove_avatar! }.last } if ENV["REMOVE"]
puts JSON.generate(told)
